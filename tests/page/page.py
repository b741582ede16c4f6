"""Uses the pages of page.t: prints "ok NAME" or "failed NAME ..." for each claim."""

import os
import sys
import time

from browser import Browser

folder, shots = sys.argv[1:3]
patience = int(os.environ.get("BS_PATIENCE", "1"))


def claim(good, name, *seen):
    print("ok" if good else "failed", name, *([] if good else seen), flush=True)


def trace(browser, figure, number, key):
    return browser.run(f"document.getElementById('{figure}').data[{number}]{key}")


def open_page(browser, name):
    browser.open(f"{folder}/{name}.html")


def use_planes(browser):
    open_page(browser, "planes")
    claim(trace(browser, "main", 0, ".type") == "surface", "a plane is a surface")
    before = trace(browser, "main", 0, ".z[3][4]")
    in_file = browser.run("blueshift.data.quantities[0].values[3 * 9 + 4]")
    claim(before == in_file, "with the numbers of the file", before, in_file)
    browser.choose("#network", 1)
    in_file = browser.run("blueshift.data.quantities[0].values[2 * 63 + 3 * 9 + 4]")
    claim(trace(browser, "main", 0, ".z[3][4]") == in_file != before, "another network")
    browser.choose("#networks", 2)
    claim(browser.run("document.getElementById('network').value") == "2", "by the slider, too")
    browser.choose("#realisation", 1)
    in_file = browser.run("blueshift.data.quantities[0].values[5 * 63 + 3 * 9 + 4]")
    claim(trace(browser, "main", 0, ".z[3][4]") == in_file, "another realisation")
    browser.choose("#quantity", 1)
    claim(trace(browser, "main", 0, ".z[3][4]") == browser.run("blueshift.data.quantities[1].values[5 * 63 + 31]"), "another quantity")
    browser.choose("#quantity", 0)
    drawn = browser.run("blueshift.drawn")
    browser.click("#log")
    browser.wait(f"blueshift.drawn > {drawn}")
    claim(browser.run("document.getElementById('main').layout.scene.zaxis.type") == "log", "a click makes it logarithmic")
    browser.choose("#high", 2.3)
    highest = browser.run("Math.max(...document.getElementById('main').data[0].z.flat())")
    claim(highest <= 2.3, "the clip cuts", highest)
    claim("clipped" in browser.run("document.getElementById('notes').textContent"), "and says how much")
    browser.screenshot(f"{shots}/planes.png")
    browser.choose("#high", "")
    errors = "document.getElementById('curves').data[0].error_y.visible"
    claim(browser.run(errors) is not False, "spectra have error bars")
    drawn = browser.run("blueshift.drawn")
    browser.click("#errors")
    browser.wait(f"blueshift.drawn > {drawn}")
    claim(browser.run(errors) is False, "a click takes them away")
    browser.choose("#number", 3)
    name = browser.run("blueshift.data.numbers[3].label")
    claim(browser.run("document.getElementById('numbers').layout.yaxis.title.text") == name, "another number")


def turn_surface(browser):
    open_page(browser, "large")
    eye = "JSON.stringify(document.getElementById('main')._fullLayout.scene._scene.getCamera().eye)"
    first = browser.run(eye)
    start = time.time()
    browser.drag("#main", 120, 40)
    browser.wait(f"{eye} !== {first!r}")
    claim(True, "a drag turns the surface")
    turned = browser.run(eye)
    browser.wheel("#main", -300)
    browser.wait(f"{eye} !== {turned!r}")
    claim(True, "the wheel zooms")
    claim(time.time() - start < 20 * patience, "201 x 201 points turn and zoom fluently", time.time() - start)
    start = time.time()
    browser.choose("#quantity", 1)
    claim(time.time() - start < 5 * patience, "and change at once", time.time() - start)
    browser.choose("#quantity", 0)
    x, y = browser.middle("#main")
    for step in range(8):
        browser.mouse("mouseMoved", x + step, y + 10)
    try:
        browser.wait("Boolean(document.querySelector('#main .hoverlayer text, #main g.hovertext'))")
        text = browser.run("document.querySelector('#main .hovertext').textContent")
        claim("train_loss" in text, "the cursor shows the value", text)
    except TimeoutError:
        claim(False, "the cursor shows the value")
    browser.screenshot(f"{shots}/large.png")
    browser.click("#above")
    browser.wait("document.getElementById('main')._fullLayout.scene.camera.eye.x === 0")
    claim(True, "from above")
    browser.screenshot(f"{shots}/above.png")


def use_volume(browser):
    open_page(browser, "volume")
    browser.choose("#slice", 0)
    values = "blueshift.data.quantities[0].values"
    claim(trace(browser, "main", 0, ".z[2][3]") == browser.run(f"{values}[2 * 6 + 3]"), "the first slice of a volume")
    browser.choose("#slice", 3)
    claim(trace(browser, "main", 0, ".z[2][3]") == browser.run(f"{values}[3 * 30 + 2 * 6 + 3]"), "the last")
    browser.choose("#axis", 0)
    browser.choose("#slice", 1)
    claim(trace(browser, "main", 0, ".z[3][4]") == browser.run(f"{values}[3 * 30 + 4 * 6 + 1]"), "a slice across x")
    claim(browser.run("document.getElementById('at').textContent").startswith("x = -0.6"), "and where it is")


def use_paths(browser):
    open_page(browser, "circle")
    modes = browser.run("document.getElementById('main').data.filter((t) => t.name).map((t) => t.name)")
    claim(modes == ["First", "Second", "Third"], "all networks of a path", modes)
    claim("2π" in browser.run("document.getElementById('main').layout.xaxis.ticktext"), "angles in multiples of pi")
    browser.choose("#network", 1)
    names = browser.run("document.getElementById('main').data.filter((t) => t.name).map((t) => t.name)")
    claim(names == ["Second"], "one of them", names)
    quantities = browser.run("blueshift.data.quantities.map((q) => q.name)")
    browser.choose("#quantity", quantities.index("test_loss"))
    lower = browser.run("document.getElementById('main').data[0].y[5]")
    mean = "[3, 4, 5].reduce((sum, s) => sum + blueshift.data.quantities.find((q) => q.name === '%s').values[s * 32 + 5], 0) / 3"
    wanted = browser.run(f"{mean % 'test_loss'} - {mean % 'test_loss_stderr'}")
    claim(abs(lower - wanted) < 1e-12, "the test loss of both splits, with its own errors", lower, wanted)
    browser.screenshot(f"{shots}/circle.png")
    open_page(browser, "branches")
    labels = browser.run("blueshift.data.panels.map((p) => p.label)")
    claim("correlation of branch losses" in labels, "branch figures", labels)
    browser.choose("#panel", labels.index("correlation of branch losses"))
    dashes = browser.run("document.getElementById('curves').data.map((t) => t.line.dash)")
    claim(set(dashes) == {"solid", "dash"}, "beside their nulls", dashes)
    browser.screenshot(f"{shots}/branches.png")


def follow_training(browser):
    drawn = "document.getElementById('main').data.filter((t) => t.name).map((t) => t.name)"
    open_page(browser, "epochs")
    options = browser.run("[...document.getElementById('network').options].map((o) => o.text)")
    claim(options == ["all", "Wide", "Narrow"], "trainings are chosen by their names", options)
    for age, names in ((0, ["Wide @0", "Narrow @0"]), (1, ["Wide @1", "Narrow @0"]), (3, ["Wide @3", "Narrow @3"])):
        browser.choose("#networks", age)
        claim(browser.run(drawn) == names, f"epoch {age} by the slider, of each the nearest", browser.run(drawn))
    claim(browser.run("document.getElementById('age').textContent") == "epoch 3", "and the epoch is told")
    same = browser.run("document.getElementById('curves').data.length")
    claim(same == 2, "the spectra are those of this epoch", same)
    lines = browser.run("document.getElementById('numbers').data.map((t) => t.x)")
    claim(lines == [[0, 1, 2, 3], [0, 3]], "numbers run over the epochs", lines)
    sizes = browser.run("document.getElementById('numbers').data[0].marker.size")
    claim(sizes == [5, 5, 5, 9], "and the chosen one is marked", sizes)
    colours = browser.run("document.getElementById('main').data.filter((t) => t.name).map((t) => t.line.color)")
    claim(colours == browser.run("document.getElementById('numbers').data.map((t) => t.line.color)"),
          "a training keeps its colour", colours)
    browser.screenshot(f"{shots}/epochs.png")
    browser.choose("#network", 1)
    browser.choose("#networks", 0)
    claim(browser.run(drawn) == ["Narrow @0"], "one of them", browser.run(drawn))
    open_page(browser, "ages")
    values = "blueshift.data.quantities[0].values"
    browser.choose("#networks", 2)
    claim(trace(browser, "main", 0, ".z[3][4]") == browser.run(f"{values}[2 * 20 + 19]"), "planes change with the epoch")
    browser.choose("#network", 1)
    browser.choose("#networks", 3)
    claim(trace(browser, "main", 0, ".z[3][4]") == browser.run(f"{values}[5 * 20 + 19]"), "and with the training")
    # The base point lies between the rows of this grid.
    rows = browser.run("document.getElementById('main').data[0].y")
    below = max(i for i, y in enumerate(rows) if y < 0)
    up = rows[below] / (rows[below] - rows[below + 1])
    low, high = (trace(browser, "main", 0, f".z[{row}][2]") for row in (below, below + 1))
    height = browser.run("document.getElementById('main').data.find((t) => t.name === 'given weights').z[0]")
    claim(low != high and abs(height - low - up * (high - low)) <= 1e-9 * height, "given weights lie on the surface", rows, low, high, height)
    browser.screenshot(f"{shots}/ages.png")


def see_trajectory(browser):
    open_page(browser, "track")
    main = "document.getElementById('main').data"
    names = browser.run(main + ".map((t) => t.name)")
    number = next((i for i, name in enumerate(names) if "weights of the training" in (name or "")), 0)
    count = browser.run("blueshift.data.tracks[0].length / 2")
    claim(count == 4 and trace(browser, "main", number, ".x.length") == count, "a trajectory lies on its plane", names, count)
    claim(trace(browser, "main", number - 1, ".x.length") == 17 * (count - 1), "with the way between its weights")
    # The last weights are the base point, which is no point of this grid.
    height = trace(browser, "main", number, ".z[3]")
    lowest, highest = (browser.run(f"Math.{end}(...{main}[0].z.flat())") for end in ("min", "max"))
    claim(lowest <= height <= highest, "at the height of the surface", height, lowest, highest)
    browser.screenshot(f"{shots}/track.png")


def see_gaps(browser):
    open_page(browser, "gaps")
    names = browser.run("document.getElementById('main').data.map((t) => t.name)")
    claim("not finite" in names, "points without a value are marked", names)
    browser.screenshot(f"{shots}/gaps.png")


browser = Browser(patience)
try:
    for use in (use_planes, turn_surface, use_volume, use_paths, follow_training, see_trajectory, see_gaps):
        use(browser)
    claim(not browser.errors, "no error in the console", *browser.errors)
    asked = [url for url in browser.requests if not url.startswith(("file://", "data:"))]
    claim(not asked, "no request to anywhere", *asked)
finally:
    browser.close()
