// Package atomicfile has the parts of replacing a file as a whole: whoever opens it,
// and whatever kills the run, finds the old file or the new one (rename(2)). Owner,
// mode, times and extended attributes stay, other hard links keep the old text.
//
// apply puts the parts together, for ELF objects and RECORD alike, and patchelf opens
// what it wrote by them. The package never writes into a file that is there, and never
// calls fsync: what a killed program wrote the kernel still has, and Nix syncs the
// output of a build itself.
package atomicfile
