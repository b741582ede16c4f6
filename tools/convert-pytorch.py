#!/usr/bin/env python3
"""Turns a PyTorch checkpoint into a safetensors file that blueshift reads.

The checkpoint is a state_dict, or a dict that holds one (state_dict, model_state_dict, model_state,
model, net, or a name that ends in ema), or a whole pickled model. Prefixes of wrappers (module.,
model., net., _orig_mod.) are taken off; a last layer fc or classifier becomes linear, downsample
becomes shortcut. All weights become float32; batch counters (num_batches_tracked) are left out.
Nothing in the checkpoint is run: whatever is no tensor is read as inert data. Needs python3 and
torch, 1.13 or newer, and nothing else.
"""

import argparse
import array
import collections
import json
import os
import pickle
import struct
import sys
import tempfile
import zipfile


def fail(text):
    sys.exit("convert-pytorch: " + text)


try:
    import torch
except ImportError:
    fail("python3 has no torch, which reads the checkpoint: install python3-torch, or run this "
         "with a python that has it")

HOLDERS = ("state_dict", "model_state_dict", "model_state", "model", "net")
PREFIXES = ("module.", "model.", "net.", "_orig_mod.")
HEADS = ("fc.", "classifier.")
NAME_MAX = 63  # bytes; blueshift's limits, as in include/blueshift/tensor.h
DIMS_MAX = 4


class Inert:
    """Stands for an object of any class: keeps what it is given and runs nothing."""

    kind = "object"

    def __init__(self, *arguments, **keywords):
        self.state = {}

    def __setstate__(self, state):
        self.state = state if isinstance(state, dict) else {}

    def __setitem__(self, key, value):
        self.state[key] = value

    def append(self, value):
        pass

    def extend(self, values):
        pass


class Unpickler(pickle.Unpickler):
    """Makes tensors and plain containers; every other class becomes an inert one."""

    BUILDERS = ("_rebuild_tensor", "_rebuild_tensor_v2", "_rebuild_parameter")

    def find_class(self, module, name):
        if module == "collections" and name == "OrderedDict":
            return collections.OrderedDict
        if module == "torch._utils" and name in self.BUILDERS:
            return getattr(torch._utils, name)
        if module in ("torch", "torch.storage") and name.endswith("Storage"):
            return getattr(sys.modules[module], name)
        if module == "torch" and isinstance(getattr(torch, name, None), torch.dtype):
            return getattr(torch, name)
        if (module, name) in (("torch", "Size"), ("torch", "device")):
            return getattr(torch, name)
        return type(name, (Inert,), {"kind": f"{module}.{name}"})


class Inertly:
    """What torch.load wants of a pickle module."""

    Unpickler = Unpickler
    UnpicklingError = pickle.UnpicklingError
    load = staticmethod(lambda file, **options: Unpickler(file, **options).load())


def load(path):
    # Torch 1.13 passes over the argument pickle_module: its module's own is replaced as well.
    torch.serialization.pickle = Inertly
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                if any(name.endswith("/constants.pkl") for name in archive.namelist()):
                    fail(f"{path}: a TorchScript archive, not a checkpoint; save net.state_dict()")
        return torch.load(path, map_location="cpu", pickle_module=Inertly, weights_only=False)
    except OSError as error:
        fail(f"{path}: {error.strerror or error}")
    except Exception as error:  # torch raises whatever the pickle inside does
        reason = (str(error) or type(error).__name__).split("\n")[0]
        fail(f"{path}: no checkpoint that can be loaded: {reason}")
    finally:
        torch.serialization.pickle = pickle


def weights_of(model, prefix=""):
    """The tensors of a pickled module: its own, its buffers and those of the modules in it."""
    tensors = {}
    for kind in ("_parameters", "_buffers"):
        for name, value in (model.state.get(kind) or {}).items():
            if value is not None:
                tensors[prefix + name] = value
    for name, inner in (model.state.get("_modules") or {}).items():
        if isinstance(inner, Inert):
            tensors.update(weights_of(inner, f"{prefix}{name}."))
    return tensors


def state_dict(path, checkpoint):
    if isinstance(checkpoint, Inert):
        if "_modules" not in checkpoint.state:
            fail(f"{path}: holds a {checkpoint.kind}, no state_dict; save net.state_dict()")
        return weights_of(checkpoint)
    if not isinstance(checkpoint, dict):
        fail(f"{path}: holds a {type(checkpoint).__name__}, no state_dict; save net.state_dict()")
    averages = [key for key in checkpoint if isinstance(key, str) and key.endswith("ema")]
    for key in (*HOLDERS, *averages):
        if isinstance(checkpoint.get(key), (dict, Inert)):
            return state_dict(path, checkpoint[key])
    return checkpoint


def canonical(name):
    """As blueshift calls a tensor; src/data/weights_names.c has the same rules."""
    stripped = True
    while stripped:
        stripped = False
        for prefix in PREFIXES:
            if name.startswith(prefix) and name != prefix:
                name, stripped = name[len(prefix):], True
    for head in HEADS:
        if name.startswith(head):
            name = "linear." + name[len(head):]
    return name.replace(".downsample.", ".shortcut.", 1)


def convert(path, state):
    """Name and float32 tensor of each weight, in the order of the checkpoint."""
    tensors = {}
    for key, value in state.items():
        name = canonical(str(key))
        if name.endswith("num_batches_tracked"):
            continue
        if isinstance(value, Inert) and "sparse" in value.kind:
            fail(f"{path}: {key} is a sparse tensor; save it as value.to_dense()")
        if not torch.is_tensor(value):
            kind = value.kind if isinstance(value, Inert) else type(value).__name__
            fail(f"{path}: {key} is no tensor but a {kind}; save net.state_dict() alone")
        if not value.is_floating_point():
            fail(f"{path}: {key} has dtype {value.dtype}: it is no weight; remove it")
        if not 1 <= value.dim() <= DIMS_MAX:
            fail(f"{path}: {key} has {value.dim()} dimensions, weights have 1 to {DIMS_MAX}")
        if len(name.encode()) > NAME_MAX:
            fail(f"{path}: the name {name} is longer than {NAME_MAX} bytes; rename it")
        value = value.detach().to(torch.float32)
        if not torch.isfinite(value).all():
            fail(f"{path}: {key} holds NaN or infinity; take weights of a training that did not diverge")
        if name.endswith("running_var") and (value < 0).any():
            fail(f"{path}: {key} is below zero, which no variance is; the checkpoint is damaged")
        if name in tensors:
            fail(f"{path}: {name} occurs twice, with and without a prefix")
        tensors[name] = value
    if not tensors:
        fail(f"{path}: holds no weights")
    return tensors


def little_endian(tensor):
    values = array.array("f", tensor.flatten().tolist())
    if sys.byteorder == "big":
        values.byteswap()
    return values.tobytes()


def check_output(path, force):
    if not os.path.basename(path) or os.path.isdir(path):
        fail(f"{path}: is a folder; name a file in it")
    if os.path.lexists(path) and not force:
        fail(f"{path} exists; choose another output, or replace it with --force")


def publish(temporary, path, force):
    """The name of the whole file; what came there meanwhile stays without force."""
    if force:
        os.replace(temporary, path)
        return
    try:
        os.link(temporary, path)
    except FileExistsError:
        fail(f"{path} exists; choose another output, or replace it with --force")
    except OSError:  # a file system without links
        os.replace(temporary, path)


def write(path, tensors, metadata, force):
    header = {"__metadata__": metadata} if metadata else {}
    position = 0
    for name, tensor in tensors.items():
        end = position + 4 * tensor.numel()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [position, end]}
        position = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = None
    try:
        # A name of its own: two conversions never meet, and no link planted there is followed.
        descriptor, temporary = tempfile.mkstemp(
            ".tmp", os.path.basename(path)[:200] + ".", os.path.dirname(path) or ".")
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(struct.pack("<Q", len(text)) + text)
            for tensor in tensors.values():
                stream.write(little_endian(tensor))
            stream.flush()
            os.fsync(stream.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        publish(temporary, path, force)
    except OSError as error:
        fail(f"{path}: {error.strerror}")
    finally:
        if temporary is not None and os.path.exists(temporary):
            os.unlink(temporary)


def triple(text):
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != 3:
        raise argparse.ArgumentTypeError(f"{text} is not three numbers such as .5,.5,.5")
    if not all(0 <= number <= 1 for number in numbers):
        raise argparse.ArgumentTypeError(
            f"{text} is not on the scale 0 to 1 of pixels / 255; divide by 255")
    return ",".join(repr(number) for number in numbers)


def deviations(text):
    if 0 in [float(number) for number in triple(text).split(",")]:
        raise argparse.ArgumentTypeError(f"{text}: a standard deviation is above 0")
    return triple(text)


def note_open_choices(tensors, metadata):
    """Says what neither the tensors nor the metadata tell, and what blueshift will take."""
    if "conv1.weight" not in tensors:
        return
    if "shortcut" not in metadata and "layer2.0.shortcut.0.weight" not in tensors:
        print("convert-pytorch: note: networks with padded shortcuts and without any have the same "
              "tensors; blueshift will take pad: give --shortcut to settle it", file=sys.stderr)
    if "version" not in metadata and not {"bn1.weight", "bn.weight"} & tensors.keys():
        print("convert-pytorch: note: without norms the tensors do not tell v1 from v2; blueshift "
              "will take v1: give --version to settle it", file=sys.stderr)
    if not {"mean", "std"} <= metadata.keys():
        print("convert-pytorch: note: without --mean and --std blueshift asks for "
              "data.normalisation", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", help="file of torch.save")
    parser.add_argument("output", help="safetensors file to write")
    parser.add_argument("--force", action="store_true", help="replace output if it exists")
    notes = parser.add_argument_group(
        "metadata", "kept in the file; blueshift checks the network against it and normalises by it")
    notes.add_argument("--depth", type=int, help="20, 32, 44, 56, 110, ...")
    notes.add_argument("--version", choices=("v1", "v2"), help="post- or pre-activation")
    notes.add_argument("--shortcut", choices=("none", "pad", "projection"))
    notes.add_argument("--mean", type=triple, metavar="R,G,B", help="of the pixels in [0, 1]")
    notes.add_argument("--std", type=deviations, metavar="R,G,B")
    notes.add_argument("--source", help="where the network comes from")
    arguments = parser.parse_args()

    check_output(arguments.output, arguments.force)
    state = state_dict(arguments.checkpoint, load(arguments.checkpoint))
    tensors = convert(arguments.checkpoint, state)
    keys = ("depth", "version", "shortcut", "mean", "std", "source")
    metadata = {key: str(getattr(arguments, key)) for key in keys
                if getattr(arguments, key) is not None}
    write(arguments.output, tensors, metadata, arguments.force)
    note_open_choices(tensors, metadata)
    count = sum(tensor.numel() for tensor in tensors.values())
    print(f"{arguments.output}: {len(tensors)} tensors, {count} values")


if __name__ == "__main__":
    main()
