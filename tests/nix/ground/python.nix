# Debian's Python in the store, and buildPythonPackage as Nixpkgs' manual
# describes it ("Python", "buildPythonPackage function"), overridable in its three ways,
# with the hooks that move, check or change what a wheel installed. In a cross build the
# interpreter is this machine's, which runs the hooks; the packages are the other's.
{
  lib,
  inputs,
  stdenv,
  runCommand,
  pkgsBuildBuild,
  buildPackages,
  unpackers,
  makeSetupHook,
  pythonPackagesExtensions,
  newScope,
  fetchPypi,
}:
let
  inherit (lib) optional optionals optionalString;
  deb =
    name:
    builtins.path {
      name = "${name}.deb";
      path = /. + "${inputs}/debs/${name}.deb";
    };
  tool =
    file:
    builtins.path {
      name = file;
      path = /. + "${inputs}/pypi/${file}";
    };
  sitePackages = "lib/python3.11/site-packages";
  inherit (pkgsBuildBuild)
    glibc
    zlib
    expat
    libffi
    ;

  # Debian's own changes to where things are installed are taken back, and the
  # wheels of installer, packaging and wheel lie where imports find them.
  python =
    pkgsBuildBuild.runCommand "python3-3.11.2"
      {
        nativeBuildInputs = [ unpackers ];
        passthru = {
          inherit sitePackages;
          pythonModule = python;
          pythonVersion = "3.11";
          executable = "python3.11";
          interpreter = "${python}/bin/python3.11";
          pythonOnBuildForHost = buildPackages.python311 or python;
          pkgs = packages;
          isPy3 = true;
          libPrefix = "python3.11";
        };
      }
      ''
        mkdir deb $out
        for deb in ${deb "python3.11-minimal"} ${deb "libpython3.11-minimal"} ${deb "libpython3.11-stdlib"}; do
          dpkg-deb -x $deb deb
        done
        mkdir -p $out/bin $out/lib/python3.11/site-packages $out/nix-support
        cp deb/usr/bin/python3.11 $out/bin/
        ln -s python3.11 $out/bin/python3
        cp -rL deb/usr/lib/python3.11 $out/lib/ 2>/dev/null || true
        cd $out/lib/python3.11
        rm -rf EXTERNALLY-MANAGED sitecustomize.py test idlelib
        sed -i "s/prefix_scheme = 'posix_local'/prefix_scheme = 'posix_prefix'/" sysconfig.py
        sed -i "s/dist-packages/site-packages/g" site.py
        patchelf --set-interpreter ${glibc}/lib/ld-linux-x86-64.so.2 \
          --set-rpath ${zlib}/lib:${expat}/lib $out/bin/python3.11
        cat >$out/nix-support/setup-hook <<EOF
        _addPythonPath() { addToSearchPath PYTHONPATH "\$1/${sitePackages}"; }
        addEnvHooks "\$hostOffset" _addPythonPath
        export PYTHONHASHSEED=0 PYTHONNOUSERSITE=1
        EOF
        patchelf --set-rpath ${libffi}/lib lib-dynload/_ctypes.*.so
        $out/bin/python3.11 -c 'import ctypes, zlib, xml.parsers.expat'
      '';

  # The build tools, each a wheel used from its archive's contents.
  tools = pkgsBuildBuild.runCommand "python-build-tools" { nativeBuildInputs = [ unpackers ]; } ''
    mkdir -p $out/${sitePackages}
    for wheel in ${tool "installer-1.1.0-py3-none-any.whl"} ${tool "packaging-26.3-py3-none-any.whl"} ${tool "wheel-0.48.0-py3-none-any.whl"}; do
      unzip -qo $wheel -d $out/${sitePackages}
    done
  '';
  uv = pkgsBuildBuild.runCommand "uv-0.13.9" { nativeBuildInputs = [ unpackers ]; } ''
    unzip -q ${tool "uv-0.13.9-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl"}
    mkdir -p $out
    mv uv-*.data/scripts $out/bin
    chmod +x $out/bin/*
    patchelf --set-interpreter /lib64/ld-linux-x86-64.so.2 $out/bin/uv
  '';

  hook =
    name:
    makeSetupHook {
      inherit name;
      substitutions = {
        pythonInterpreter = python.interpreter;
        pythonSitePackages = sitePackages;
        buildTools = "${tools}";
        uv = "${uv}";
      };
      passthru.provides.setupHook = true;
    } ./hooks/${name}.sh;

  # To the outside a set of Python packages shows modules and setup hooks only.
  packages = builtins.mapAttrs (
    name: value:
    if lib.isDerivation value && !(value ? pythonModule || value.provides.setupHook or false) then
      throw "${name} is neither a Python module nor a setup hook"
    else
      value
  ) scope;
  scope = lib.fix (
    lib.extends (lib.composeManyExtensions pythonPackagesExtensions) (self: {
      inherit python;
      callPackage = newScope self;
      inherit fetchPypi;
      pythonAtLeast = version: builtins.compareVersions "3.11" version >= 0;
      pythonOlder = version: builtins.compareVersions "3.11" version < 0;
      wheelUnpackHook = hook "wheel-unpack";
      pypaInstallHook = hook "pypa-install";
      pythonOutputDistHook = hook "python-output-dist";
      pythonRelaxDepsHook = hook "python-relax-deps";
      pythonImportsCheckHook = hook "python-imports-check";
      pythonRemoveTestsDirHook = hook "python-remove-tests-dir";
      pyprojectWheelHook = hook "pyproject-wheel";
      wrapPython = hook "wrap-python";
      buildPythonPackage = builder { namePrefix = "python3.11-"; };
      buildPythonApplication = builder { namePrefix = ""; };
      toPythonModule = drv: drv;
      # For tests/nix/trees.
      buildTools =
        pkgsBuildBuild.runCommand "python-build-tools-of-trees" { nativeBuildInputs = [ unpackers ]; } ''
          cp -r ${tools} $out
          chmod -R u+w $out
          unzip -qo ${tool "pyelftools-0.33-py3-none-any.whl"} -d $out/${sitePackages}
        ''
        // {
          pythonModule = python;
          inherit uv;
        };
    })
  );

  # override replaces what the builder itself is made of.
  builder =
    args:
    overridable (
      lib.makeOverridable build (
        {
          inherit stdenv;
          inherit (packages) wheelUnpackHook;
        }
        // args
      )
    );

  # overridePythonAttrs calls the builder again with other arguments: attributes, or a
  # function from finalAttrs to them.
  overridable =
    f:
    lib.mirrorFunctionArgs f (
      args:
      let
        result = f args;
        apply = new: old: old // (if lib.isFunction new then new old else new);
        overridePythonAttrs =
          new: overridable f (if lib.isFunction args then final: apply new (args final) else apply new args);
      in
      result
      // {
        inherit overridePythonAttrs;
        overrideAttrs = new: overridable (again: (f again).overrideAttrs new) args;
      }
    )
    // {
      override = new: overridable (f.override new);
    };

  build =
    {
      stdenv,
      wheelUnpackHook,
      namePrefix,
    }:
    x:
    stdenv.mkDerivation (
      final:
      let
        attrs = if lib.isFunction x then x final else x;
        format =
          if attrs.pyproject or null != null then
            (if attrs.pyproject then "pyproject" else "other")
          else if attrs.format or null != null then
            attrs.format
          else
            "pyproject";
      in
      removeAttrs attrs [
        "disabled"
        "format"
        "pyproject"
        "dependencies"
        "build-system"
      ]
      // {
        name =
          if attrs.disabled or false then
            throw "${attrs.pname} is not for python3.11"
          else
            "${namePrefix}${attrs.pname}-${attrs.version}";
        strictDeps = attrs.strictDeps or true;
        outputs = attrs.outputs or [ "out" ] ++ optional (format != "other") "dist";
        nativeBuildInputs = [
          python
          packages.wrapPython
          packages.pythonRemoveTestsDirHook
        ]
        ++ optional (attrs ? pythonRelaxDeps) packages.pythonRelaxDepsHook
        ++ optional (format == "wheel") wheelUnpackHook
        ++ optionals (format != "other") [
          packages.pypaInstallHook
          packages.pythonOutputDistHook
        ]
        ++ [ packages.pythonImportsCheckHook ]
        ++ attrs.nativeBuildInputs or [ ]
        ++ attrs.build-system or [ ];
        propagatedBuildInputs =
          attrs.propagatedBuildInputs or [ ] ++ attrs.dependencies or [ ] ++ [ python ];
        postFixup =
          optionalString (!attrs.dontWrapPythonPrograms or false) "wrapPythonPrograms\n"
          + attrs.postFixup or "";
        passthru = {
          pythonModule = python;
          inherit format;
          dependencies = attrs.dependencies or [ ];
        }
        // attrs.passthru or { };
      }
    );
in
python
