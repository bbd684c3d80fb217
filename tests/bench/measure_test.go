package main

import "testing"

func TestRatioIsTheMedianOverRounds(t *testing.T) {
	// Rule: rounds are paired before the median is taken, so that a slow round
	// does not turn a ratio.
	if got := ratio([]float64{1, 20, 3}, []float64{2, 10, 12}); got != 0.5 {
		t.Errorf("ratio = %v, want 0.5; that of the medians is 0.3", got)
	}
	if got := median([]float64{4, 1, 3, 2}); got != 2.5 {
		t.Errorf("median = %v, want 2.5", got)
	}
}

func TestRaceBeginsEachRoundWithAnother(t *testing.T) {
	// Rule: no candidate always runs first, and each runs once a round.
	order := ""
	add := func(s string) func() error { return func() error { order += s; return nil } }
	if _, err := race(3, []candidate{{name: "a", run: add("a")}, {name: "b", run: add("b")}, {name: "c", run: add("c")}}); err != nil {
		t.Fatal(err)
	}
	if order != "abcbcacab" {
		t.Errorf("order %q, want abcbcacab", order)
	}
}
