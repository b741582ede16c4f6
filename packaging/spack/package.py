# A recipe for Spack: copy it to a repository's packages/blueshift/package.py, or
# `spack repo add` one that has it, then `spack install blueshift`.

from spack.package import *


class Blueshift(MakefilePackage):
    """Loss surfaces of deep networks and their spectra, swept over MPI."""

    # Put the address here that you cloned the source from.
    homepage = "https://example.org/blueshift"
    git = "https://example.org/blueshift.git"

    license("BSD-3-Clause")

    version("main", branch="main")
    version("0.2.0", tag="v0.2.0")

    variant("plot", default=True, description="Install gnuplot for the verb plot")

    depends_on("c", type="build")
    depends_on("gmake", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("mpi")
    depends_on("scalapack")
    depends_on("openblas")
    depends_on("fftw+mpi")
    depends_on("netcdf-c+mpi+parallel-netcdf")
    depends_on("parallel-netcdf")
    depends_on("libpng")
    depends_on("libyaml")
    depends_on("jansson")
    depends_on("openssl")
    depends_on("zlib-api")
    depends_on("random123", type="build")
    depends_on("gnuplot+cairo", type="run", when="+plot")

    def settings(self):
        spec = self.spec
        libraries = [
            "-lnetcdf",
            "-lpnetcdf",
            "-lfftw3_mpi",
            spec["scalapack"].libs.ld_flags,
            spec["openblas"].libs.ld_flags,
        ]
        parts = ["netcdf-c", "parallel-netcdf", "fftw", "libpng", "libyaml", "jansson"]
        parts += ["openssl", "zlib-api"]
        folders = [spec[name].prefix for name in parts]
        return [
            f"CC={spack_cc}",
            f"MPICC={spec['mpi'].mpicc}",
            f"NETCDF_PREFIX={spec['netcdf-c'].prefix}",
            "INCLUDES=" + " ".join(f"-I{p.include}" for p in folders + [spec["random123"].prefix]),
            "LDFLAGS=" + " ".join(f"-L{p.lib} -Wl,-rpath,{p.lib}" for p in folders),
            "MPI_LIBS=" + " ".join(libraries),
            f"PREFIX={self.prefix}",
            "GIT_HASH=spack",
        ]

    def build(self, spec, prefix):
        make("all", *self.settings())

    def install(self, spec, prefix):
        make("install", *self.settings())
