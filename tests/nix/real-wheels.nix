# The wheels that are built: name to file, pinned in tests/wheels/wheels.tsv.
{
  bcrypt = "bcrypt-5.0.0-cp39-abi3-manylinux_2_28_x86_64.whl";
  llvmlite = "llvmlite-0.50.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl";
  numba = "numba-0.68.1-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl";
  numpy = "numpy-2.4.6-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl";
  nvidia-cuda-runtime-cu12 = "nvidia_cuda_runtime_cu12-12.9.79-py3-none-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
  opencv-python = "opencv_python-4.2.0.34-cp37-cp37m-manylinux1_x86_64.whl";
  opencv-python-5 = "opencv_python-5.0.0.93-cp37-abi3-manylinux_2_28_x86_64.whl";
  pillow = "pillow-13.0.0-cp311-cp311-manylinux_2_27_x86_64.manylinux_2_28_x86_64.whl";
  pillow-musl = "pillow-13.0.0-cp311-cp311-musllinux_1_2_x86_64.whl";
  psycopg2-binary = "psycopg2_binary-2.9.13-cp311-cp311-manylinux2014_x86_64.manylinux_2_17_x86_64.whl";
  pyzmq-aarch64 = "pyzmq-27.3.0-cp311-cp311-manylinux_2_26_aarch64.manylinux_2_28_aarch64.whl";
  ruff = "ruff-0.17.6-py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.whl";
  shapely = "shapely-2.2.0-cp311-cp311-manylinux_2_24_x86_64.manylinux_2_28_x86_64.whl";
  six = "six-1.17.0-py2.py3-none-any.whl";
  tbb = "tbb-2023.2.0-py2.py3-none-manylinux_2_28_x86_64.whl";
}
