/* An extension module, written without Python's headers: it holds one number,
   which a bundled library and one from outside the wheel had to be loaded for. */
struct object {
  long references;
  void *type;
};
struct definition {
  struct object object;
  void *init;
  long index;
  void *copy;
  const char *name, *doc;
  long size;
  void *methods, *slots, *traverse, *clear, *free;
};
void *PyModule_Create2(struct definition *, int);
int PyModule_AddIntConstant(void *, const char *, long);
int toy_bundled(void);
const char *zlibVersion(void);

static struct definition module = {.object = {1}, .name = "_toy", .size = -1};

void *PyInit__toy(void) {
  void *m = PyModule_Create2(&module, 1013);
  PyModule_AddIntConstant(m, "answer", zlibVersion()[0] == '1' ? toy_bundled() : 0);
  return m;
}
