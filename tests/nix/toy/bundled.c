int toy_bundled(void) { return 42; }
