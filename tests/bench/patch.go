package main

import (
	"fmt"
	"os"
	"strings"
)

// patch prints the table of the whole of patch: verify, plan, edit, check and
// RECORD.
func (b *bench) patch() error {
	peer := os.Getenv("AUTO_PATCHELF")
	fmt.Printf("## patch\n\nRatios of time, and of processor time in brackets. Memory is that of all processes.\n\n")
	fmt.Printf("| wheel | layout | objects | edits | patch s | of patchelf on every object | of patchelf on what is edited | of hashing | of the floor | of auto-patchelf | peak MiB | of auto-patchelf | once more, of hashing | of sha256sum |\n")
	fmt.Printf("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n")
	all := map[string][]timing{} // by layout: ratios by opponent, one a wheel
	for _, pin := range b.wheels {
		for _, layout := range b.layouts {
			j, err := b.newJob(pin, layout)
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			candidates := j.candidates(peer)
			t, err := race(b.rounds, candidates)
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			peaks := []string{"-", "-"}
			for i, c := range []candidate{candidates[0], candidates[len(candidates)-1]} {
				if i == 1 && peer == "" {
					break
				}
				if err := j.fresh(); err != nil {
					return err
				}
				peak, err := treePeakMiB(c.command[0], c.command[1:]...)
				if err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
				peaks[i] = fmt.Sprintf("%.0f", peak)
			}
			fmt.Printf("| %s %s | %s | %d | %d | %.2f |", pin.Project, pin.Version, layout, len(j.objects), j.edits(), median(t[0].wall))
			if all[layout] == nil {
				all[layout] = make([]timing, opponents)
			}
			for i := range all[layout] {
				ratios := &all[layout][i]
				if i+1 < len(t) && median(t[i+1].wall) > nothing {
					ratios.wall = append(ratios.wall, ratio(t[0].wall, t[i+1].wall))
					ratios.cpu = append(ratios.cpu, ratio(t[0].cpu, t[i+1].cpu))
				}
				if i+1 < len(t) && median(t[i+1].wall) <= nothing {
					fmt.Printf(" - |")
					continue
				}
				fmt.Printf(" %s |", last(*ratios))
			}
			again, err := j.again()
			if err != nil {
				return fmt.Errorf("%s: %w", pin.Project, err)
			}
			fmt.Printf(" %s | %s | %s |\n", peaks[0], peaks[1], again)
			j.remove()
		}
	}
	for _, layout := range b.layouts {
		fmt.Printf("| median | %s | | | |", layout)
		for _, ratios := range all[layout] {
			fmt.Printf(" %s |", last(timing{[]float64{median(ratios.wall)}, []float64{median(ratios.cpu)}}))
		}
		fmt.Printf(" | | | |\n")
	}
	fmt.Println()
	return nil
}

// again patches, and returns what patch takes then, to find nothing to change where RECORD
// is left alone, of hashing and of sha256sum.
func (j *job) again() (string, error) {
	if err := j.fresh(); err != nil {
		return "", err
	}
	if err := command(j.b.program, j.patchArgs()...); err != nil {
		return "", err
	}
	t, err := race(j.b.rounds, []candidate{
		{name: "patch once more", command: append([]string{j.b.program}, j.args("--record", "off")...)},
		{name: "hashing", run: func() error { return hashTree(j.tree) }},
		{name: "sha256sum", run: func() error { return sha256sum(j.tree) }},
	})
	if err != nil {
		return "", err
	}
	var cells []string
	for _, other := range t[1:] {
		cells = append(cells, last(timing{[]float64{ratio(t[0].wall, other.wall)}, []float64{ratio(t[0].cpu, other.cpu)}}))
	}
	return strings.Join(cells, " | "), nil
}

// last prints the last of some ratios, or a dash where that opponent is not
// here.
func last(t timing) string {
	if n := len(t.wall); n > 0 && t.wall[n-1] > 0 {
		return fmt.Sprintf("%.2f (%.2f)", t.wall[n-1], t.cpu[n-1])
	}
	return "-"
}
