"""A window of glfw's on the display that is there."""

import os

import glfw

errors = []
glfw.set_error_callback(lambda code, text: errors.append(text.decode()))
assert glfw.init(), errors
glfw.window_hint(glfw.CLIENT_API, glfw.NO_API)
window = glfw.create_window(320, 200, "a window", None, None)
assert window, errors
glfw.poll_events()
assert glfw.get_window_size(window) == (320, 200)
monitor = glfw.get_primary_monitor()
mapped = {os.path.basename(line.split()[-1]).split(".so")[0] for line in open("/proc/self/maps") if ".so" in line}
print("window on", glfw.get_monitor_name(monitor) if monitor else "no monitor")
print("loaded:", *sorted(name for name in mapped if name.startswith("libX")))

# One with OpenGL needs a driver for it, which is not here: that, and no library, is missing.
glfw.default_window_hints()
if not glfw.create_window(320, 200, "with GL", None, None):
    print("with OpenGL:", *errors)
    assert errors and not any("load" in e or ".so" in e for e in errors), errors
glfw.terminate()
