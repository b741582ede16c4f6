#!/bin/bash
# The interactive page as a file: its numbers are those of the result, no text leaves its place, and
# what is missing is named. `make check-page` opens it in a browser.
. "${0%/*}/lib.sh"

echo 'const Plotly = {};' >"$tmp/plotly.js"
export BLUESHIFT_PLOTLY=$tmp/plotly.js
# shellcheck disable=SC2016 # nothing here is to be expanded
hostile='</script><!--<script>alert(1)</script> "\ & é'
small=(--set networks.0.kind=mlp --set networks.0.width=8 --set data.images=16 --set data.batch=16 --quiet)
bs_ok 'a plane' 1 sweep "${small[@]}" --x=-1:1:5 --y=-1:1:4 --set realisations=2 --set title="$hostile" --surf_file "$tmp/plane.nc"
page() {
    "$program" plot "$@" >/dev/null 2>"$tmp/.err"
    code=$?
    err=$(<"$tmp/.err")
}
page "$tmp/plane.nc" -o "$tmp/plane.html"
is "$code" 0 'its page'

# read EXPRESSION: of the page's data d, and its scripts s, by a parser of HTML that is not ours
read_page() {
    python3 - "$tmp/${2:-plane}.html" "$1" <<'EOF'
import array, base64, gzip, html.parser, json, math, sys
class Scripts(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.inside, self.found = None, []
    def handle_starttag(self, tag, attributes):
        if tag == "script":
            self.found.append("")
            self.inside = True
    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = False
    def handle_data(self, text):
        if self.inside:
            self.found[-1] += text
parser = Scripts()
parser.feed(open(sys.argv[1], encoding="utf-8").read())
s = parser.found
d = json.loads(s[0])
def floats(text):
    return list(array.array("f", base64.b64decode(text)))
print(eval(sys.argv[2]))
EOF
}
is "$(read_page 'len(s)')" 3 'holds data, library and script'
is "$(read_page 'd["title"]')" "$hostile" 'the title stands in it as it is'
is "$(read_page 'gzip.decompress(base64.b64decode(s[1])).decode()')" "$(<"$tmp/plotly.js")" 'the library is whole'
losses() { python3 -c 'import sys; print([round(float(x), 5) for x in sys.stdin.read().split()])'; }
is "$(read_page '[round(x, 5) for x in floats(d["quantities"][0]["values"])]')" "$(values "$tmp/plane.nc" train_loss | losses)" \
    'losses of both realisations'
is "$(read_page '[(a["name"], a["points"], a["from"]) for a in d["axes"]]')" "[('x', 5, -1), ('y', 4, -1)]" 'the axes'
is "$(read_page 'd["places"]')" "[[{'given': False, 'at': [0, 0, 0]}]]" 'where the initial weights are'
ok 'spectra with errors' test "$(read_page 'len(d["panels"][0]["series"][0]["errors"][0])')" -gt 1
is "$(read_page '[n["name"] for n in d["numbers"] if n["errors"][0]][0]')" second_moment 'and numbers'
unlike "$(<"$tmp/plane.html")" '(src|href)="?(http|//)' 'it asks for nothing else'

ncdump "$tmp/plane.nc" | sed '/^ train_loss =/,/;/ s/= */= NaN, /; /^ train_loss =/,/;/ s/, [-0-9.e]* ;/ ;/' >"$tmp/gaps.cdl"
ok 'a file with gaps' ncgen -5 -o "$tmp/gaps.nc" "$tmp/gaps.cdl"
page "$tmp/gaps.nc" -o "$tmp/gaps.html" --clip 0:3 --log --quantity train_acc
is "$code" 0 'its page'
is "$(read_page 'sorted(set(base64.b64decode(d["quantities"][0]["gaps"])))' gaps)" '[0, 3]' 'marks what is not there'
is "$(read_page 'math.isnan(floats(d["quantities"][0]["values"])[0])' gaps)" True 'as no number'
is "$(read_page 'd["initial"]' gaps)" "{'log': True, 'low': 0, 'high': 3, 'quantity': 'train_acc'}" 'and begins as flags say'

page "$tmp/plane.nc" -o "$tmp/plane.html"
like "$code$err" '^2.*exists' 'an older page stays'
page "$tmp/plane.nc" -o "$tmp/view.html" --view contour
like "$code$err" '^2.*has all views.*leave --view out' 'views are chosen in it'
BLUESHIFT_PLOTLY=$tmp/none.js page "$tmp/plane.nc" -o "$tmp/none.html"
like "$code$err" '^1.*none.js.*check BLUESHIFT_PLOTLY' 'a library that is not there'
: >"$tmp/empty.js"
BLUESHIFT_PLOTLY=$tmp/empty.js page "$tmp/plane.nc" -o "$tmp/none.html"
like "$code$err" '^1.*not the file of plotly.js' 'or is empty'
if ! compgen -G '/usr/share/*/plotly*' >/dev/null && ! compgen -G '/usr/*/node_modules/plotly*' >/dev/null; then
    BLUESHIFT_PLOTLY='' page "$tmp/plane.nc" -o "$tmp/none.html"
    like "$code$err" '^1.*apt install python3-plotly.*npm install plotly.js-gl3d-dist-min' 'none: what to install'
fi
bs_ok 'a demo' 1 demo plane --quiet --set output.file="$tmp/demo.nc"
page "$tmp/demo.nc" -o "$tmp/none.html"
like "$code$err" '^2.*demo, which has a picture' 'demos have pictures'
is "$(find "$tmp" -name 'none*.html' -o -name '*.tmp')" '' 'failures leave nothing behind'
done_testing
