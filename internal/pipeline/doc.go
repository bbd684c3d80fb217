// Package pipeline puts the steps of each command in order:
//
//	Patch:   apply.Recover, tree.Walk, then record.Verify beside tree.Scan and plan.Make;
//	         check.Layouts; apply.Apply, which before it is final has check.Check run
//	         and RECORD brought up to date
//	Check:   tree.Walk, tree.Scan, plan.AsIs, check.Check
//	Verify:  tree.Walk, record.Verify
//	Explain: explain.Gather, explain.Build
//
// Nothing is written before every step that only reads has ended without an error among
// its problems. What the steps write: apply the objects (patchelf and rename), record
// the RECORDs, loadcheck its probes in a temporary directory. A plan.Plan is a value:
// what will be written into each object, and why.
//
// cmd calls the package and prints what it returns. It opens no file itself, runs no
// program and decides nothing about objects or rows.
package pipeline
