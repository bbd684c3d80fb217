"""libnvrtc, which cuda-python opens by its name, compiles a kernel: that needs no driver."""

from cuda import nvrtc


def done(result):
    error, *values = result
    assert error == nvrtc.nvrtcResult.NVRTC_SUCCESS, error
    return values[0] if values else None


major, minor = nvrtc.nvrtcVersion()[1:]
source = b'extern "C" __global__ void twice(float *x) { x[threadIdx.x] *= 2; }'
program = done(nvrtc.nvrtcCreateProgram(source, b"twice.cu", 0, [], []))
done(nvrtc.nvrtcCompileProgram(program, 1, [b"--gpu-architecture=compute_80"]))
text = b" " * done(nvrtc.nvrtcGetPTXSize(program))
done(nvrtc.nvrtcGetPTX(program, text))
assert b".entry twice" in text
loaded = sorted({line.split()[-1] for line in open("/proc/self/maps") if "libnvrtc" in line})
assert loaded and all(path.startswith("/nix/store/") for path in loaded), loaded
print(f"NVRTC {major}.{minor} of", *loaded)
