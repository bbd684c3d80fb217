int toy_bundled(void);
const char *zlibVersion(void);
int puts(const char *);
int main(void) { return toy_bundled() == 42 && puts(zlibVersion()) > 0 ? 0 : 1; }
