"""A headless Chromium, driven over its DevTools pipe; needs nothing beside Python and Chromium."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--no-sandbox", "--remote-debugging-pipe", "--use-angle=swiftshader",
         "--enable-unsafe-swiftshader", "--window-size=1400,1100", "--no-first-run",
         "--host-resolver-rules=MAP * ~NOTFOUND",  # a page that asks for anything else fails
         "--disable-background-networking", "--disable-extensions"]


def find_chromium():
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            return shutil.which(name)
    return None


class Browser:
    """One tab; `errors` collects what the console and uncaught exceptions say."""

    def __init__(self, patience=1):
        self.limit = 60 * patience
        self.errors, self.requests, self.count, self.rest = [], [], 0, b""
        self.profile = tempfile.mkdtemp(prefix="blueshift-page-")
        down, self.out = os.pipe()
        self.into, up = os.pipe()
        command = [find_chromium(), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"]
        # Chromium reads from descriptor 3 and writes to 4.
        shell = ["bash", "-c", f'exec "$@" 3<&{down} 4>&{up}', "chromium", *command]
        self.process = subprocess.Popen(shell, pass_fds=(down, up), stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        os.close(down)
        os.close(up)
        self.session = None
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.send(domain + ".enable")

    def close(self):
        try:
            self.session = None
            self.send("Browser.close")
            self.process.wait(20)
        except Exception:  # it may have gone already
            self.process.kill()
        shutil.rmtree(self.profile, ignore_errors=True)

    def read(self, deadline):
        while b"\0" not in self.rest:
            ready, _, _ = select.select([self.into], [], [], max(0, deadline - time.time()))
            more = os.read(self.into, 1 << 20) if ready else b""
            if not more:
                raise TimeoutError("Chromium does not answer")
            self.rest += more
        text, self.rest = self.rest.split(b"\0", 1)
        return json.loads(text)

    def note(self, event):
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.errors.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.errors.append(str([a.get("value", a.get("description")) for a in parameters["args"]]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.errors.append(parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])

    def send(self, method, **parameters):
        self.count += 1
        message = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        deadline = time.time() + self.limit
        while True:
            answer = self.read(deadline)
            if answer.get("id") == self.count:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return answer["result"]
            self.note(answer)

    def run(self, script):
        """The value of an expression; promises are waited for."""
        result = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"].get("exception", {}).get("description", script))
        return result["result"].get("value")

    def wait(self, condition):
        deadline = time.time() + self.limit
        while not self.run(condition):
            if time.time() > deadline:
                raise TimeoutError(condition)
            time.sleep(0.1)

    def open(self, path):
        self.send("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("Boolean(window.blueshift && window.blueshift.drawn)")

    def mouse(self, kind, x, y, **more):
        self.send("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def middle(self, selector):
        box = self.run(f"(() => {{ const b = document.querySelector({json.dumps(selector)})"
                       ".getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()")
        return box

    def click(self, selector):
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        self.mouse("mouseReleased", x, y, button="left", clickCount=1)

    def drag(self, selector, dx, dy):
        x, y = self.middle(selector)
        self.mouse("mousePressed", x, y, button="left", clickCount=1)
        for step in range(1, 6):
            self.mouse("mouseMoved", x + dx * step / 5, y + dy * step / 5, button="left", buttons=1)
        self.mouse("mouseReleased", x + dx, y + dy, button="left", clickCount=1)

    def wheel(self, selector, amount):
        x, y = self.middle(selector)
        self.mouse("mouseWheel", x, y, deltaX=0, deltaY=amount)

    def choose(self, selector, value):
        """Sets a control as its user would, and waits until the page has been drawn again."""
        before = self.run("blueshift.drawn")
        self.run(f"(() => {{ const c = document.querySelector({json.dumps(selector)}); "
                 f"c.value = {json.dumps(str(value))}; "
                 "c.dispatchEvent(new Event('input', {bubbles: true})); })()")
        self.wait(f"blueshift.drawn > {before}")

    def screenshot(self, path):
        self.wait("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
        image = self.send("Page.captureScreenshot", format="png")["data"]
        with open(path, "wb") as file:
            file.write(base64.b64decode(image))
