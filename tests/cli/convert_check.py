#!/usr/bin/python3
"""Compares converted files, as a reader that is not ours sees them, with ncdump's view of the source.

    convert_check.py READER SOURCE OUTPUT [network=N] [realisation=R] [low=L] [high=H] [log=1] ...

Several checks follow each other with a comma between them. Exit code 77: the reader is missing.
"""
import csv
import functools
import math
import re
import subprocess
import sys


def fail(text):
    sys.exit("convert_check: " + text)


@functools.cache
def dump(path, *options):
    return subprocess.run(["ncdump", "-p", "9,17", *options, path], check=True,
                          capture_output=True, text=True).stdout


class Source:
    """The source in ncdump's words: shapes, and numbers as text."""

    def __init__(self, path):
        self.path = path
        header = dump(path, "-h")
        dims = dict(re.findall(r"^\t(\w+) = (\d+) ;", header, re.M))
        self.dims = {name: int(length) for name, length in dims.items()}
        found = re.findall(r"^\t(double|int|byte|char) (\w+)(?:\(([^)]*)\))? ;", header, re.M)
        self.types = {name: kind for kind, name, _ in found}
        self.shapes = {name: [self.dims[d] for d in of.split(", ") if d] for _, name, of in found}
        self.axes = [d for d in "xyz" if d in self.dims]
        self.grid = [self.dims[d] for d in self.axes]
        self.points = math.prod(self.grid)
        self.networks = self.dims.get("network", 1)
        self.realisations = self.dims.get("realisation", 1)
        single = re.search(r':network_name = "(.*)" ;', header)
        self.names = [single.group(1)] if single else self.strings("network")
        self.values = ["train_loss", "train_acc", "loss_stderr"]

    def data(self, name):
        text = dump(self.path, "-v", name)
        return text[text.index("data:\n"):].split(name + " =", 1)[1].rsplit(";", 1)[0]

    def strings(self, name):
        return [s.replace('\\"', '"') for s in re.findall(r'"((?:[^"\\]|\\.)*)"', self.data(name))]

    @functools.cache
    def numbers(self, name, missing=math.nan):
        words = self.data(name).replace("\n", " ").split(",")
        special = {"_": missing, "NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
        return [special[w.strip()] if w.strip() in special else float(w) for w in words]

    def surface(self, name, network, realisation, **options):
        first = (network * self.realisations + realisation) * self.points
        return self.numbers(name, **options)[first:first + self.points]

    def coordinates(self, axis):
        return self.numbers("xyz"[axis])

    def place(self, point):
        place = []
        for axis, length in enumerate(self.grid):
            place.append(self.coordinates(axis)[point % length])
            point //= length
        return place


def same(got, wanted, what):
    """Bit by bit but for the payload of NaN."""
    got = [float(x) for x in got]
    if len(got) != len(wanted):
        fail(f"{what}: {len(got)} numbers, not {len(wanted)}")
    for i, (a, b) in enumerate(zip(got, wanted)):
        if a != b and not (math.isnan(a) and math.isnan(b)):
            fail(f"{what}: number {i} is {a!r}, not {b!r}")


def check_h5py(source, output, options):
    """NetCDF-4 as plain HDF5: every number, the fill value where there is none."""
    import h5py
    with h5py.File(output) as file:
        for name, kind in source.types.items():
            data = file[name]
            if list(data.shape) != source.shapes[name]:
                fail(f"{name}: shape {data.shape}")
            if data.shape != () and data.compression != "gzip":
                fail(f"{name}: not compressed")
            if kind == "char":
                strings = [b"".join(row).decode().rstrip("\0") for row in data[()]]
                if strings != source.strings(name):
                    fail(f"{name}: {strings}")
                continue
            missing = float(data.attrs["_FillValue"][0]) if "_FillValue" in data.attrs else None
            same(data[()].ravel(), source.numbers(name, missing=missing), name)


def check_netcdf4(source, output, options):
    """All dimensions, types and attributes of the source, as netCDF4-python compares them."""
    import netCDF4
    import numpy
    with netCDF4.Dataset(source.path) as old, netCDF4.Dataset(output) as new:
        if new.data_model != "NETCDF4" or not old.data_model.startswith("NETCDF3_64BIT_"):
            fail(f"{new.data_model} from {old.data_model}")
        if {n: len(d) for n, d in old.dimensions.items()} != \
                {n: len(d) for n, d in new.dimensions.items()}:
            fail("dimensions differ")
        if list(old.variables) != list(new.variables):
            fail("variables differ")
        for a, b in [(old, new)] + [(old[n], new[n]) for n in old.variables]:
            if a.ncattrs() != b.ncattrs():
                fail(f"attributes differ: {a.ncattrs()} {b.ncattrs()}")
            for name in a.ncattrs():
                x, y = a.getncattr(name), b.getncattr(name)
                if type(x) is not type(y) or not numpy.array_equal(x, y):
                    fail(f"attribute {name}: {x!r} {y!r}")


def check_xarray(source, output, options):
    """Missing is NaN, coordinates are recognised."""
    import xarray
    with xarray.open_dataset(source.path, engine="netcdf4") as data:
        if source.networks > 1 and list(data.network.values) != source.names:
            fail(f"networks {data.network.values}")
    with xarray.open_dataset(output, engine="netcdf4") as data:
        for name in source.values:
            same(data[name].values.ravel(), source.numbers(name), name)
            for axis in source.axes:
                if axis not in data[name].coords:
                    fail(f"{name}: no coordinate {axis}")
                middle = source.coordinates("xyz".index(axis))[-1]
                if data[name].sel({axis: middle}).sizes.get(axis, 1) != 1:
                    fail(f"{name}: {axis} cannot be selected by its coordinate")


def check_losslandscape(source, output, options):
    """What the plotting scripts do: meshgrid(x, y), then draw train_loss over it."""
    import h5py
    import numpy
    n, r = options.get("network", 0), options.get("realisation", 0)
    with h5py.File(output, "r") as file:
        coordinates = [a + "coordinates" for a in source.axes]
        if sorted(file) != sorted(coordinates + source.values):
            fail(f"data sets {sorted(file)}")
        axes = [file[name][:] for name in coordinates]
        mesh = numpy.meshgrid(*axes)
        for axis, name in enumerate(coordinates):
            same(file[name][:], source.coordinates(axis), name)
        for name in source.values:
            data = numpy.array(file[name][:])
            if data.shape != mesh[0].shape or data.dtype != numpy.float64:
                fail(f"{name}: {data.shape}, not {mesh[0].shape}")
            same(data.ravel(), source.surface(name, n, r), name)
        for point in range(source.points):
            same([m.ravel()[point] for m in mesh], source.place(point), f"point {point}")


def read_vtk(reader, path):
    from vtkmodules import vtkIOXML
    reader = getattr(vtkIOXML, reader)()
    reader.SetFileName(path)
    reader.Update()
    return reader.GetOutput()


def check_arrays(data, source, networks, realisations):
    from vtkmodules.util.numpy_support import vtk_to_numpy
    count = 0
    for n in networks:
        for r in realisations:
            suffix = ("_" + source.names[n] if source.networks > 1 else "") + \
                (f"_r{r}" if source.realisations > 1 else "")
            for name in source.values + ["status"]:
                array = data.GetPointData().GetArray(name + suffix)
                if array is None:
                    fail(f"no array {name + suffix}")
                same(vtk_to_numpy(array), source.surface(name, n, r), name + suffix)
                count += 1
    return count


def chosen(options, name, count):
    return [options[name]] if name in options else range(count)


def check_vti(source, output, options):
    data = read_vtk("vtkXMLImageDataReader", output)
    dims = source.grid + [1] * (3 - len(source.grid))
    if list(data.GetDimensions()) != dims:
        fail(f"dimensions {data.GetDimensions()}")
    for point in range(source.points):
        got = data.GetPoint(point)[:len(source.grid)]
        for a, b in zip(got, source.place(point)):
            if abs(a - b) > 1e-15 * max(1, abs(b)):
                fail(f"point {point}: {a!r}, not {b!r}")
    count = check_arrays(data, source, chosen(options, "network", source.networks),
                         chosen(options, "realisation", source.realisations))
    if data.GetPointData().GetNumberOfArrays() != count:
        fail("arrays that nobody asked for")


def check_vts(source, output, options):
    n, r = options.get("network", 0), options.get("realisation", 0)
    data = read_vtk("vtkXMLStructuredGridReader", output)
    if list(data.GetDimensions()) != source.grid + [1]:
        fail(f"dimensions {data.GetDimensions()}")
    losses = source.surface("train_loss", n, r)
    heights = []
    for loss in losses:
        height = loss if math.isnan(loss) else \
            min(max(loss, options.get("low", -math.inf)), options.get("high", math.inf))
        if options.get("log"):
            height = math.log10(height) if height > 0 else math.nan
        heights.append(height)
    finite = [h for h in heights if math.isfinite(h)]
    hidden = [not math.isfinite(h) for h in heights]
    place = max(finite, default=0.0)
    for point, height in enumerate(heights):
        x, y, z = data.GetPoint(point)
        same([x, y], source.place(point), f"point {point}")
        wanted = place if hidden[point] else height
        if abs(z - wanted) > 1e-14 * max(1, abs(wanted)):
            fail(f"height of point {point}: {z!r}, not {wanted!r}")
        if bool(data.IsPointVisible(point)) == hidden[point]:
            fail(f"point {point} is {'shown' if hidden[point] else 'hidden'}")
    check_arrays(data, source, [n], [r])
    if "hidden" in options and sum(hidden) != options["hidden"]:
        fail(f"{sum(hidden)} points are hidden")


def check_csv(source, output, options):
    states = ["pending", "done", "non_finite", "failed"]
    with open(output, newline="") as file:
        rows = list(csv.DictReader(file))
    coordinates = source.axes
    columns = ["network", "realisation"] + coordinates + source.values + ["status"]
    if list(rows[0]) != columns:
        fail(f"columns {list(rows[0])}")
    at = 0
    for n in chosen(options, "network", source.networks):
        for r in chosen(options, "realisation", source.realisations):
            part = rows[at:at + source.points]
            at += source.points
            if any(row["network"] != source.names[n] or row["realisation"] != str(r)
                   for row in part):
                fail(f"rows {at - source.points} to {at}: not of {source.names[n]}, {r}")
            for axis, name in enumerate(coordinates):
                same([row[name] for row in part],
                     [source.place(p)[axis] for p in range(source.points)], name)
            for name in source.values:
                wanted = ["" if x is None else x
                          for x in source.surface(name, n, r, missing=None)]
                if [row[name] == "" for row in part] != [x == "" for x in wanted]:
                    fail(f"{name}: empty fields")
                same([row[name] or "nan" for row in part],
                     [math.nan if x == "" else x for x in wanted], name)
            wanted = [states[int(s)] for s in source.surface("status", n, r)]
            if [row["status"] for row in part] != wanted:
                fail("status")
    if at != len(rows):
        fail(f"{len(rows)} rows, not {at}")


def main():
    reader = sys.argv[1]
    group = []
    for word in sys.argv[2:] + [","]:
        if word != ",":
            group.append(word)
            continue
        options = {}
        for option in group[2:]:
            key, value = option.split("=")
            options[key] = float(value) if key in ("low", "high") else int(value)
        try:
            globals()["check_" + reader](Source(group[0]), group[1], options)
        except ModuleNotFoundError as error:
            print(error, file=sys.stderr)
            sys.exit(77)
        group = []


main()
