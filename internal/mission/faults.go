package mission

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fault breaks the requirement of a row by one change of the module's Go files. Its place
// is a text, not a file and line.
type Fault struct {
	// At is the declaration that contains Old, named as in rows: package.Func,
	// package.Type.Method or package.Const. If it is empty, all files are searched.
	At string `yaml:"at"`
	// Old must occur exactly once. New replaces it.
	Old string `yaml:"old"`
	New string `yaml:"new"`
}

// Faults parses the faults, by the ids of their rows.
func Faults(doc []byte) (map[string]Fault, error) {
	faults := map[string]Fault{}
	d := yaml.NewDecoder(bytes.NewReader(doc))
	d.KnownFields(true)
	return faults, d.Decode(&faults)
}

// Plant returns the file that a fault changes, and the file's text with the fault.
func (m *Module) Plant(f Fault) (file, text string, err error) {
	if f.Old == "" || f.Old == f.New {
		return "", "", errors.New("the fault changes nothing")
	}
	var places []Place
	if f.At == "" {
		for path, text := range m.files {
			places = append(places, Place{path, 0, len(text)})
		}
	} else if places = m.decls[f.At]; len(places) == 0 {
		return "", "", fmt.Errorf("%s is not declared", f.At)
	}
	found := 0
	for _, p := range places {
		whole := m.files[p.File]
		part := whole[p.Start:p.End]
		if n := strings.Count(part, f.Old); n > 0 {
			found += n
			file, text = p.File, whole[:p.Start]+strings.Replace(part, f.Old, f.New, 1)+whole[p.End:]
		}
	}
	if found != 1 {
		return "", "", fmt.Errorf("the text occurs %d times, not once", found)
	}
	return file, text, nil
}
