package arch

import "debug/elf"

// machines returns the table. Its order is that in which a kind of object is
// looked for, so the common ones come first.
func machines() []Machine {
	return []Machine{
		{
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ELF: elf.EM_X86_64,
			Name: "x86_64", GOARCH: "amd64", Triplet: "x86_64-linux-gnu", Qemu: "x86_64",
			Glibc: "/lib64/ld-linux-x86-64.so.2", Musl: "/lib/ld-musl-x86_64.so.1",
			Lib: "lib64", Platform: "x86_64", CacheFlag: 0x0300,
		},
		{
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ELF: elf.EM_AARCH64,
			Name: "aarch64", GOARCH: "arm64", Triplet: "aarch64-linux-gnu", Qemu: "aarch64",
			Glibc: "/lib/ld-linux-aarch64.so.1", Musl: "/lib/ld-musl-aarch64.so.1",
			Lib: "lib64", Platform: "aarch64", CacheFlag: 0x0a00,
		},
		{
			Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, ELF: elf.EM_386,
			Name: "i686", GOARCH: "386", Triplet: "i386-linux-gnu", Qemu: "i386",
			Glibc: "/lib/ld-linux.so.2", Musl: "/lib/ld-musl-i386.so.1",
			Lib: "lib", Platform: "i686",
		},
		{ // the hard-float ABI, the only one that has wheels
			Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, ELF: elf.EM_ARM,
			Name: "armv7l", GOARCH: "arm", Triplet: "arm-linux-gnueabihf", Qemu: "arm",
			Glibc: "/lib/ld-linux-armhf.so.3", Musl: "/lib/ld-musl-armhf.so.1",
			Lib: "lib", Platform: "v7l", CacheFlag: 0x0900,
		},
		{ // lp64d
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ELF: elf.EM_RISCV,
			ABI:  0x000e, // EF_RISCV_FLOAT_ABI and EF_RISCV_RVE
			Name: "riscv64", GOARCH: "riscv64", Triplet: "riscv64-linux-gnu", Qemu: "riscv64",
			Glibc: "/lib/ld-linux-riscv64-lp64d.so.1", Musl: "/lib/ld-musl-riscv64.so.1",
			Lib: "lp64d", CacheFlag: 0x1000,
		},
		{
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ELF: elf.EM_PPC64,
			Name: "ppc64le", GOARCH: "ppc64le", Triplet: "powerpc64le-linux-gnu", Qemu: "ppc64le",
			Glibc: "/lib64/ld64.so.2", Musl: "/lib/ld-musl-powerpc64le.so.1",
			Lib: "lib64", CacheFlag: 0x0500,
		},
		{
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2MSB, ELF: elf.EM_S390,
			Name: "s390x", GOARCH: "s390x", Triplet: "s390x-linux-gnu", Qemu: "s390x",
			Glibc: "/lib/ld64.so.1", Musl: "/lib/ld-musl-s390x.so.1",
			Lib: "lib64", CacheFlag: 0x0400,
		},
		{ // lp64d
			Class: elf.ELFCLASS64, Data: elf.ELFDATA2LSB, ELF: elf.EM_LOONGARCH,
			Name: "loongarch64", GOARCH: "loong64", Triplet: "loongarch64-linux-gnu", Qemu: "loongarch64",
			Glibc: "/lib64/ld-linux-loongarch-lp64d.so.1", Musl: "/lib/ld-musl-loongarch64.so.1",
			Lib: "lib64", Platform: "loongarch", CacheFlag: 0x1200,
		},
		{ // x32: no wheel is built for it, but an x86-64 machine may have the loader
			Class: elf.ELFCLASS32, Data: elf.ELFDATA2LSB, ELF: elf.EM_X86_64,
			Name:    "x32", // uname(2) says x86_64, but that is the other ABI
			Triplet: "x86_64-linux-gnux32",
			Glibc:   "/libx32/ld-linux-x32.so.2", Musl: "/lib/ld-musl-x32.so.1",
			Lib: "libx32", Platform: "x86_64", CacheFlag: 0x0800,
		},
	}
}
