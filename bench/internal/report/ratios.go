package report

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
)

// Ratios returns the ratios of all sections.
func Ratios(sections []Section) map[string]float64 {
	out := map[string]float64{}
	for i := range sections {
		for name, v := range sections[i].Ratios {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				out[name] = math.Round(v*1000) / 1000
			}
		}
	}
	return out
}

// WriteRatios returns the ratios as JSON, sorted by name.
func WriteRatios(ratios map[string]float64) (string, error) {
	text, err := json.MarshalIndent(ratios, "", "\t")
	return string(text) + "\n", err
}

// ReadRatios reads a file of WriteRatios.
func ReadRatios(file string) (map[string]float64, error) {
	text, err := os.ReadFile(file) //nolint:gosec // The caller chooses the file.
	if err != nil {
		return nil, err
	}
	var out map[string]float64
	if err := json.Unmarshal(text, &out); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return out, nil
}

// Regression is a ratio that has grown.
type Regression struct {
	Name     string
	Was, Now float64
}

// Compare returns the ratios of now that are more than tolerance times what they were, the
// worst first, and how many were compared. Those that only one run has are left out.
func Compare(was, now map[string]float64, tolerance float64) (worse []Regression, compared int) {
	for name, v := range now {
		before, ok := was[name]
		if !ok || before <= 0 {
			continue
		}
		compared++
		if v > tolerance*before {
			worse = append(worse, Regression{name, before, v})
		}
	}
	slices.SortFunc(worse, func(a, b Regression) int {
		return cmp.Or(cmp.Compare(b.Now/b.Was, a.Now/a.Was), strings.Compare(a.Name, b.Name))
	})
	return worse, compared
}

func (r Regression) String() string {
	return fmt.Sprintf("%s: %.2f, was %.2f (%+.0f %%)", r.Name, r.Now, r.Was, 100*(r.Now/r.Was-1))
}
