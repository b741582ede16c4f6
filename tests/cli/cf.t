# What CF-1.8 and ACDD-1.3 write of files like ours, checked by their rules: Debian has no checker of theirs.
. "${0%/*}/lib.sh"

find_python netCDF4 'the rules of CF and ACDD' || { done_testing; }
bs_ok 'a sweep of everything' 1 sweep --set networks='[{name: a, depth: 8}, {name: b, depth: 8, shortcut: none}]' \
    --set data.images=6 --set data.batch=3 --set realisations=2 --set path.kind=great-circle --set grid.x=8 \
    --set observables.logits=2 --set observables.branch_losses=true --set observables.probes=1 --surf_file "$tmp/path.nc"
bs_ok 'a plane' 1 sweep --set networks.depth=8 --set data.images=4 --x=-1:1:3 --y=0:1:2 --surf_file "$tmp/plane.nc"

cat >"$tmp/rules.py" <<'EOF'
import re, sys
import netCDF4
import numpy

file = netCDF4.Dataset(sys.argv[1])
file.set_auto_mask(False)
found = []

def rule(holds, section, text):
    if not holds:
        found.append(f"{section}: {text}")

conventions = getattr(file, "Conventions", "")
rule("CF-1.8" in conventions.replace(",", " ").split(), "2.6.1", f"Conventions is '{conventions}'")
for name in ("title", "history", "source", "references", "comment"):
    rule(isinstance(getattr(file, name, ""), str), "2.6.2", f"{name} is no text")
for name in ("title", "history", "source"):
    rule(getattr(file, name, ""), "2.6.2", f"there is no {name}")
names = [*file.variables, *file.dimensions, *file.ncattrs()]
for name in names:
    rule(re.fullmatch("[A-Za-z][A-Za-z0-9_]*", name), "2.3", f"the name {name}")
folded = [name.lower() for name in file.variables]
rule(len(set(folded)) == len(folded), "2.3", "names that differ by case only")
for name, v in file.variables.items():
    rule(len(set(v.dimensions)) == len(v.dimensions), "2.4", f"{name} has a dimension twice")
    rule(v.dtype.kind in "SUifu" and v.dtype.itemsize <= 8, "2.2", f"{name} has type {v.dtype}")
    text = v.dtype.kind == "S"
    rule(getattr(v, "long_name", "") or getattr(v, "standard_name", ""), "3.2", f"{name} has no long_name")
    if v.dtype.kind == "f":  # counts and flags may do without
        rule(isinstance(getattr(v, "units", None), str), "3.1", f"{name} has no units")
    if hasattr(v, "_FillValue"):
        rule(v._FillValue.dtype == v.dtype, "2.5.1", f"_FillValue of {name} has another type")
    if v.dimensions == (name,) and not text:
        rule(not hasattr(v, "_FillValue") and not hasattr(v, "missing_value"), "2.5.1", f"coordinate {name} has a fill value")
        values = v[:]
        rule(numpy.isfinite(values).all() and (values < 9e36).all(), "2.5.1", f"coordinate {name} misses values")
        if not re.fullmatch("k[xyz]", name):  # in the order of the transform; docs/FILE_FORMAT.md says so
            steps = numpy.diff(values)
            rule((steps > 0).all() or (steps < 0).all(), "1.3", f"coordinate {name} is not monotonic")
    for other in getattr(v, "coordinates", "").split() + getattr(v, "ancillary_variables", "").split():
        rule(other in file.variables, "5", f"{name} names {other}, which is no variable")
        if other in file.variables:
            dims = [d for d in file.variables[other].dimensions if d != "name_length"]
            rule(set(dims) <= set(v.dimensions), "5", f"{other} has dimensions that {name} has not")
    if hasattr(v, "flag_values"):
        rule(len(numpy.atleast_1d(v.flag_values)) == len(v.flag_meanings.split()), "3.5", f"flags of {name}")
        rule(numpy.atleast_1d(v.flag_values).dtype == v.dtype, "3.5", f"type of the flags of {name}")
        rule(len(set(numpy.atleast_1d(v.flag_values))) == len(v.flag_meanings.split()), "3.5", f"a flag of {name} twice")
rule(any(v.dimensions == (name,) for name, v in file.variables.items()), "5", "there is no coordinate variable")
for name in sys.argv[2:]:
    rule(getattr(file, name, ""), "ACDD", f"there is no {name}")
print("; ".join(found))
EOF
for file in path plane; do
    is "$($python "$tmp/rules.py" "$tmp/$file.nc")" '' "CF-1.8 of the $file"
done
# The rules find what breaks them.
cp "$tmp/plane.nc" "$tmp/broken.nc"
$python - "$tmp/broken.nc" <<'EOF'
import sys, netCDF4
file = netCDF4.Dataset(sys.argv[1], "a")
file.Conventions = "none"
file.variables["train_loss"].coordinates = "nowhere"
file.variables["status"].flag_meanings = "pending done"
del file.variables["train_acc"].units
file.variables["x"][1] = 5.0
EOF
found=$($python "$tmp/rules.py" "$tmp/broken.nc" creator_name)
for rule in "2.6.1: Conventions is 'none'" 'train_loss names nowhere' '3.5: flags of status' 'train_acc has no units' \
    'coordinate x is not monotonic' 'ACDD: there is no creator_name'; do
    like "$found" "$rule" "found: $rule"
done
done_testing
