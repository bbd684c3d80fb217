# Wheels made from C for the tests, as auditwheel would leave them: a library of
# their own beside the package, one needed from outside, a program and a script.
{ pkgs }:
let
  inherit (pkgs) lib;
  python = pkgs.python3;
  abi = "cp${lib.replaceStrings [ "." ] [ "" ] python.pythonVersion}";
  tagOf = platform: "${abi}-${abi}-${platform}";

  make =
    {
      name ? "toy",
      requires ? "six>=1",
      platform ? "manylinux_2_17_x86_64",
      # A shell function's worth of further edits in the folder that is packed.
      edit ? "",
      # Libraries that the module needs beside the bundled one and libz.
      needs ? [ ],
    }:
    pkgs.runCommandCC "${name}-1.0-wheel"
      {
        NIX_DONT_SET_RPATH = "1"; # a wheel knows of no store
        nativeBuildInputs = [
          python
          pkgs.patchelf
        ];
        passthru = rec {
          file = "${
            make {
              inherit
                name
                requires
                platform
                edit
                needs
                ;
            }
          }/${name}-1.0-${tagOf platform}.whl";
          # The same after an edit of its archive, in Python: see tamper.py.
          tampered =
            code:
            "${
              pkgs.runCommand "tampered" { inherit code; } ''
                mkdir $out
                ${python.interpreter} ${./tamper.py} ${file} $out/${name}-1.0-${tagOf platform}.whl "$code"
              ''
            }/${name}-1.0-${tagOf platform}.whl";
        };
      }
      ''
        mkdir -p root/${name} root/${name}.libs root/${name}-1.0.data/{scripts,headers,data/share/doc/${name}} $out
        cd root
        gcc -shared -fPIC -Wl,-soname,libbundled-1a2b.so.1 -o ${name}.libs/libbundled-1a2b.so.1 ${./bundled.c}
        link="${name}.libs/libbundled-1a2b.so.1 ${pkgs.zlib}/lib/libz.so.1 ${
          lib.concatMapStringsSep " " (x: "-Wl,--no-as-needed ${x}") needs
        } -Wl,--allow-shlib-undefined -Wl,--disable-new-dtags"
        gcc -shared -fPIC -o ${name}/_toy.so ${./toy.c} $link -Wl,-rpath,'$ORIGIN/../${name}.libs'
        gcc -o ${name}-1.0.data/scripts/${name}-tool ${./tool.c} $link \
          -Wl,-rpath,'$ORIGIN/../${python.sitePackages}/${name}.libs' -Wl,-dynamic-linker,/lib64/ld-linux-x86-64.so.2
        printf '#!python\nimport ${name}; print(${name}.answer)\n' >${name}-1.0.data/scripts/${name}-say
        chmod +x ${name}-1.0.data/scripts/*
        echo 'from ${name}._toy import answer' >${name}/__init__.py
        echo 'int toy_bundled(void);' >${name}-1.0.data/headers/${name}.h
        echo 'How to play.' >${name}-1.0.data/data/share/doc/${name}/README
        mkdir tests && echo 'assert True' >tests/test_${name}.py
        echo '${requires}' >requires
        ${edit}
        cd ..
        ${python.interpreter} ${./pack.py} root ${name} 1.0 ${tagOf platform} $out
      '';
in
make
