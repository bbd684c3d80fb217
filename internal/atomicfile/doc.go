// Package atomicfile replaces a file as a whole: whoever opens it, and whatever
// kills the run, finds the old file or the new one (rename(2)). Owner, mode, times
// and extended attributes stay, other hard links keep the old text.
//
// apply calls it for ELF objects and record for RECORD; tree passes over the files
// that it names. It never writes into a file that is there, and never calls fsync:
// what a killed program wrote the kernel still has, and Nix syncs the output of a
// build itself.
package atomicfile
