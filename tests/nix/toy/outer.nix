# A wheel with a plugin that needs a library from outside: `outer` is that library,
# `older` the same without the version that the plugin asks for.
self:
let
  library =
    name: version:
    self.pkgs.runCommandCC name { } ''
      mkdir -p $out/lib
      echo 'int outer(void) { return 1; }' >outer.c
      echo '${version} { global: outer; };' >version
      gcc -shared -fPIC -Wl,--version-script=version -Wl,-soname,libouter.so.1 -o $out/lib/libouter.so.1 outer.c
    '';
in
rec {
  outer = library "outer" "OUTER_2";
  older = library "older" "OUTER_1";
  needing = self.toy {
    edit = ''
      echo 'int outer(void); int use(void) { return outer(); }' >use.c
      gcc -shared -fPIC -o toy/use.so use.c ${outer}/lib/libouter.so.1
      rm use.c
    '';
  };
}
