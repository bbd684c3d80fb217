// Package wheel reads wheels and what installers make of them: the archive of
// PEP 427, the RECORD of PEP 376 and 627, the tags of PEP 425, 600 and 656.
package wheel
