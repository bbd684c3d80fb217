# Wheels of PyPI, built with the hook and nothing else, imported or run.
self:
let
  inherit (self) pkgs good;
  inherit (pkgs) lib;
  files = import ./real-wheels.nix;
  site = pkgs.python3.sitePackages;

  wheel =
    pname: args:
    let
      file = files.${pname};
    in
    self.package (
      {
        inherit pname;
        version = builtins.elemAt (lib.splitString "-" file) 1;
        src = self.wheel file;
      }
      // args
    );
  # check.py, the program's own check, then what a user would do.
  works =
    drv: script:
    good drv.name drv ''
      ${pkgs.wheel-auto-patch}/bin/wheel-auto-patch check --record=off --interpreter=${self.loader} ${drv}
      export PYTHONPATH=${drv}/${site}
      ${script}
    '';
  python = text: "${pkgs.python3.interpreter} -c ${lib.escapeShellArg text}";
  of = builtins.mapAttrs wheel;

  built = of {
    llvmlite = { };
    numpy = { };
    opencv-python = { };
    pillow = { };
    psycopg2-binary = { };
    ruff = { };
    shapely.dependencies = [ built.numpy ];
    six = { };
    tbb.wheelAutoPatchIgnoreMissingDeps = [ "libhwloc.so.*" ]; # a plugin, optional
    # Its thread pools ask for libtbb.so.12, of another wheel, and for a file name.
    numba.dependencies = [
      built.llvmlite
      built.numpy
      built.tbb
    ];
  };
in
lib.mapAttrs' (name: value: {
  name = "wheel-${name}";
  inherit value;
}) (
  {
    ruff = works built.ruff ''
      ${built.ruff}/bin/ruff --version
    '';
    # Pure Python: not a file is touched.
    six = works built.six (python "import six");
  }
  // lib.optionalAttrs (pkgs.python3.pythonVersion == "3.11") {
    numpy = works built.numpy (
      python "import numpy; assert (numpy.eye(9) @ numpy.eye(9)).sum() == 9; print(numpy.linalg.inv(numpy.eye(2)))"
    );
    pillow = works built.pillow (
      python "from PIL import Image; import io; b = io.BytesIO(); Image.new('RGB', (9, 9)).save(b, 'JPEG'); print(len(b.getvalue()))"
    );
    shapely = works built.shapely ''
      PYTHONPATH+=:${built.numpy}/${site}
      ${python "import shapely; assert shapely.Point(0, 0).buffer(1).area > 3"}
    '';
    psycopg2 = works built.psycopg2-binary (python "import psycopg2; print(psycopg2.__libpq_version__)");
    # Its module is Python 3.7's; its libraries are found all the same.
    opencv = works built.opencv-python "";
    # The library of another wheel, from the folder where that wheel keeps it; compiled
    # code runs on it, and on the compiler's libgomp. numba asks for TBB's version by
    # its soname, which is in memory once tbbpool is.
    numba = works built.numba ''
      readelf -d ${built.numba}/${site}/numba/np/ufunc/tbbpool.*.so | grep -F '${built.tbb}/lib'
      PYTHONPATH+=:${built.llvmlite}/${site}:${built.numpy}/${site}
      for layer in tbb omp workqueue; do
        NUMBA_THREADING_LAYER=$layer ${python ''
          import numba, os
          from numba.np.ufunc import omppool, tbbpool

          @numba.njit(parallel=True)
          def total(n):
              sum = 0
              for i in numba.prange(n):
                  sum += i
              return sum

          assert total(9) == 36
          assert numba.threading_layer() == os.environ["NUMBA_THREADING_LAYER"]
        ''}
      done
    '';
  }
)
