// Package fixup is the pipeline:
//
//	Scan -> Inventory -> Verify -> MakePlan -> Plan -> Apply -> Check -> Report
//
// Only Scan reads, Apply writes and Check runs other programs. A [Plan] is a
// pure value: what will be written into each object, and why. It can be
// printed, compared and applied.
package pipeline
