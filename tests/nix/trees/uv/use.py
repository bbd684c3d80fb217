"""What the packages of pyproject.toml are for, a little of each."""
import ctypes
import glob
import site

import cv2
import numba
import numba.np.ufunc.tbbpool
import numpy
import requests
import scipy.linalg
import typing_extensions
from PIL import Image

square = numpy.arange(9.0).reshape(3, 3) + numpy.eye(3)
assert numpy.allclose(scipy.linalg.inv(square) @ square, numpy.eye(3))

assert cv2.GaussianBlur(numpy.zeros((8, 8), numpy.uint8), (3, 3), 0).shape == (8, 8)
picture = Image.new("RGB", (4, 4)).resize((2, 2))
picture.save("x.jpg")
assert Image.open("x.jpg").size == (2, 2)


@numba.njit(parallel=True)
def total(values):
    result = 0.0
    for i in numba.prange(values.size):
        result += values[i]
    return result


# numba asks for libtbb.so.12 by its bare name: this module has loaded it by then.
assert numba.np.ufunc.tbbpool
numba.config.THREADING_LAYER = "tbb"
assert total(numpy.ones(1000)) == 1000
assert numba.threading_layer() == "tbb"
# Its library needs one of another wheel.
[sparse] = glob.glob(site.getsitepackages()[0] + "/nvidia/cusparse/lib/libcusparse.so.*")
ctypes.CDLL(sparse)
assert requests.Request("GET", "http://localhost/").prepare().url == "http://localhost/"
assert typing_extensions.Self
print("all used")
