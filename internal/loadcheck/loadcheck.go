// Package loadcheck asks the dynamic loader itself which files it opens for an
// object, through u-root's pkg/ldd.
package loadcheck
