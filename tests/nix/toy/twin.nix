# A distribution that shares a namespace package with others of this kind: each has a module
# there that needs libz beside itself, and finds nothing else there.
{ pkgs, toy }:
name:
toy {
  inherit name;
  edit = ''
    mkdir shared
    gcc -shared -fPIC -Dtoy_bundled=own -DPyInit__toy=PyInit_${name} \
      -o shared/${name}.so ${./bundled.c} ${./toy.c} ${pkgs.zlib}/lib/libz.so.1 \
      -Wl,--allow-shlib-undefined -Wl,-rpath,'$ORIGIN'
  '';
}
