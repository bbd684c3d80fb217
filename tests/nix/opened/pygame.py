"""pygame's mixer and a window: with the dummy drivers, and on the display that is there."""

import io
import os

os.environ.update(SDL_AUDIODRIVER="dummy", PYGAME_HIDE_SUPPORT_PROMPT="1")
import pygame

for driver in ["dummy", "x11"]:
    os.environ["SDL_VIDEODRIVER"] = driver
    passed, failed = pygame.init()
    assert not failed, pygame.get_error()
    screen = pygame.display.set_mode((320, 200))
    screen.fill((9, 8, 7))
    pygame.draw.circle(screen, (255, 0, 0), (160, 100), 40)
    pygame.display.flip()
    assert pygame.display.get_driver() == driver
    assert screen.get_at((160, 100))[:3] == (255, 0, 0)
    sound = pygame.mixer.Sound(buffer=bytes(4 * 44100))
    sound.play()
    assert pygame.mixer.get_busy() and pygame.mixer.get_init()
    mapped = {os.path.basename(line.split()[-1]).split(".so")[0] for line in open("/proc/self/maps") if ".so" in line}
    print(driver, "window", screen.get_size(), "mixer", pygame.mixer.get_init())
    print("loaded:", *sorted(name for name in mapped if name.startswith("libX")))
    # What asks for libmodplug, whatever it thinks of this music.
    try:
        pygame.mixer.music.load(io.BytesIO(bytes(1080) + b"M.K." + bytes(1024)), "mod")
    except pygame.error as error:
        print("no music:", error)
    print("libmodplug is loaded:", "libmodplug.so" in open("/proc/self/maps").read())
    pygame.quit()
