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
      ${pkgs.wheel-auto-patch}/bin/wheel-auto-patch check --any-python --interpreter=${self.loader} ${drv}
      export PYTHONPATH=${drv}/${site}
      ${script}
    '';
  python = text: "${pkgs.python3.interpreter} -c ${lib.escapeShellArg text}";
  of = builtins.mapAttrs wheel;

  built = of {
    llvmlite = { };
    numpy = { };
    nvidia-cuda-runtime-cu12 = { };
    opencv-python.wheelAutoPatchAnyPython = true; # its module is Python 3.7's
    # Beyond what its tag promises, as the hint of its failed build says.
    opencv-python-5 = {
      pname = "opencv-python";
      dependencies = [ built.numpy ];
      buildInputs = [ pkgs.libxcb or pkgs.xorg.libxcb ];
    };
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
  pillowWorks = python "from PIL import Image; import io; b = io.BytesIO(); Image.new('RGB', (9, 9)).save(b, 'JPEG'); print(len(b.getvalue()))";
  numpyWorks = python "import numpy; assert (numpy.eye(9) @ numpy.eye(9)).sum() == 9; print(numpy.linalg.inv(numpy.eye(2)))";
  flat = builtins.mapAttrs (name: args: wheel name ({ wheelAutoPatchLayout = "flat"; } // args)) {
    numpy = { };
    opencv-python.wheelAutoPatchAnyPython = true;
  };
  # The module is Python 3.7's and cannot be imported here. It is loaded with all its
  # libraries, each of which must come from where the layout has it.
  loadsOpencv = drv: dir: ''
    ${python ''
      import ctypes, os, pathlib
      module, = pathlib.Path("${drv}/${site}/cv2").glob("*.so")
      ctypes.CDLL(str(module), ctypes.RTLD_GLOBAL)
      maps = {line.split()[-1] for line in open("/proc/self/maps")}
      mapped = [path for path in maps if path.startswith("${drv}") and ".so" in path and path != str(module)]
      assert len(mapped) == 13, mapped
      assert {os.path.dirname(path) for path in mapped} == {"${drv}/${dir}"}, mapped
    ''}
  '';
in
lib.mapAttrs'
  (name: value: {
    name = "wheel-${name}";
    inherit value;
  })
  (
    {
      ruff = works built.ruff ''
        ${built.ruff}/bin/ruff --version
      '';
      # What README begins with, imported and used.
      readme = works (import ../../nix/demo/readme.nix pkgs.python3Packages) (
        python "import bcrypt; word = b'word'; assert bcrypt.checkpw(word, bcrypt.hashpw(word, bcrypt.gensalt(4)))"
      );
      # Pure Python: not a file is touched.
      six = works built.six (python "import six");
    }
    // lib.optionalAttrs (pkgs.python3.pythonVersion == "3.11") {
      numpy = works built.numpy numpyWorks;
      # Of all that was handed in, what it uses; the wheel itself refers to nothing.
      numpy-references =
        pkgs.runCommand "numpy-references"
          {
            exportReferencesGraph = [
              "out"
              built.numpy
              "dist"
              built.numpy.dist
            ];
          }
          ''
            references() { awk -v path="$1" '$0 == path { getline; getline n; while (n-- > 0) { getline; print } }' "$2"; }
            references ${built.numpy} out >have
            printf '%s\n' ${built.numpy} ${lib.getLib pkgs.stdenv.cc.cc} ${lib.getLib pkgs.zlib} ${pkgs.python3} >allowed
            grep -xF ${lib.getLib pkgs.stdenv.cc.cc} have
            if grep -vxF -f allowed have; then exit 1; fi
            test -z "$(references ${built.numpy.dist} dist)"
            touch $out
          '';
      pillow = works built.pillow pillowWorks;
      # These libraries survive strip; numpy's do not (fails-strip-damage).
      pillow-stripped = works (wheel "pillow" { dontStrip = false; }) pillowWorks;
      shapely = works built.shapely ''
        PYTHONPATH+=:${built.numpy}/${site}
        ${python "import shapely; assert shapely.Point(0, 0).buffer(1).area > 3"}
      '';
      psycopg2 = works built.psycopg2-binary (
        python "import psycopg2; print(psycopg2.__libpq_version__)"
      );
      opencv = works built.opencv-python (loadsOpencv built.opencv-python "${site}/cv2/.libs");
      # libGL, libX11 and glib come with the hook.
      opencv-5 = works built.opencv-python-5 ''
        PYTHONPATH+=:${built.numpy}/${site}
        ${python ''
          import cv2, numpy
          picture = cv2.circle(numpy.zeros((90, 90, 3), numpy.uint8), (45, 45), 30, (255, 0, 0), -1)
          assert cv2.imdecode(cv2.imencode(".png", picture)[1], cv2.IMREAD_COLOR).sum() == picture.sum() > 0
          print(cv2.__version__, cv2.getBuildInformation().count("YES"))
        ''}
      '';
      # Libraries for other wheels. There is no driver here, which it says itself.
      cuda-runtime = works built.nvidia-cuda-runtime-cu12 (python ''
        import ctypes
        cudart = ctypes.CDLL("${built.nvidia-cuda-runtime-cu12}/${site}/nvidia/cuda_runtime/lib/libcudart.so.12")
        version = ctypes.c_int()
        assert cudart.cudaRuntimeGetVersion(ctypes.byref(version)) == 0
        assert version.value // 1000 == 12, version.value
      '');
      # Bundled libraries lie in lib, which is where the run path leads.
      opencv-flat = works flat.opencv-python ''
        ls ${flat.opencv-python}/lib/libz-a147dcb0.so.1.2.3
        readelf -d ${flat.opencv-python}/${site}/cv2/cv2.*.so | grep -F '[${flat.opencv-python}/lib:'
        ${loadsOpencv flat.opencv-python "lib"}
      '';
      numpy-flat = works flat.numpy ''
        ls ${flat.numpy}/lib/lib{scipy_openblas64_-*.so,gfortran-*.so.*}
        readelf -d ${flat.numpy}/${site}/numpy/_core/_multiarray_umath.*.so | grep -F '[${flat.numpy}/lib:'
        test -z "$(find ${flat.numpy}/${site}/numpy.libs -type f)"
        ${numpyWorks}
      '';
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
