# What describes the project says the same everywhere: version, dependencies, files.
. "${0%/*}/../cli/lib.sh"

version=$(cat VERSION)
like "$version" '^[0-9]+\.[0-9]+\.[0-9]+$' 'VERSION is three numbers'
is "$(sed -n 's/^version: //p' CITATION.cff)" "$version" 'CITATION.cff has it'
is "$(python3 -c 'import json; print(json.load(open("codemeta.json"))["version"])')" "$version" 'codemeta.json has it'
is "$(sed -n '1s/^blueshift (\(.*\)) .*/\1/p' packaging/debian/changelog)" "$version" 'the Debian changelog has it'
ok 'CHANGELOG.md has its section, of the day that CITATION.cff names' \
    grep -qx "## $version, $(sed -n 's/^date-released: //p' CITATION.cff)" CHANGELOG.md
like "$(grep -oE 'version\("[0-9.]+", tag="v[0-9.]+"\)' packaging/spack/package.py | head -1)" \
    "version\\(\"$version\", tag=\"v$version\"\\)" 'the Spack recipe has it, with its tag'
keywords() {
    python3 -c 'import json; print("\n".join(json.load(open("codemeta.json"))["keywords"]))'
}
is "$(keywords)" "$(sed -n '/^keywords:/,/^[a-z]*:$/s/^  - //p' CITATION.cff | head -n "$(keywords | wc -l)")" \
    'codemeta.json and CITATION.cff have the same keywords'

# The recipe is Python, and every library that the Makefile links is a dependency of it; the same for Debian.
ok 'the Spack recipe compiles' python3 -c 'import ast; ast.parse(open("packaging/spack/package.py").read())'
recipe=$(grep depends_on packaging/spack/package.py)
for name in mpi scalapack openblas fftw netcdf-c parallel-netcdf libpng libyaml jansson openssl zlib-api random123; do
    like "$recipe" "\"${name}[\"+]" "Spack: $name"
done
for setting in $(grep -oE '(f?"[A-Z_]+=)' packaging/spack/package.py | tr -d 'f"='); do
    like "$(grep -E "^$setting +[?:]?=" Makefile)" "$setting" "Spack: the Makefile has the setting $setting"
done
mapfile -t needed < <(tools/install-deps --debian build | grep -vE '^(gcc|libc6-dev|make)$')
control=$(sed -n '/^Build-Depends/,/^Standards/p' packaging/debian/control)
for package in "${needed[@]}"; do
    like "$control" " $package(,|\$|[^-a-z0-9])" "Debian: $package is a build dependency"
done
is "$(tools/install-deps --debian use | grep -c .)" "$(tools/install-deps --list | sed -n '/look at/,/MPI, Sca/p' | grep -vc ':$\|Fedora\|MPI, Sca')" \
    'install-deps --debian names one package for each line of --list'

# Files that documents and recipes name are there.
missing() {
    grep -ohE '\]\([^)#:]+' ./*.md | sed 's/](//' | grep -v '^http' | sort -u | while read -r file; do
        [ -e "$file" ] || echo "$file"
    done
    grep -ohE '\]\([^)#:]+' docs/*.md | sed 's/](//' | grep -v '^http' | sort -u | while read -r file; do
        [ -e "docs/$file" ] || echo "docs/$file"
    done
}
is "$(missing)" '' 'every link within the documents leads to a file'
done_testing
