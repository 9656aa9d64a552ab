package load

import (
	"math"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// reader reads a keyword's value into a schema.
type reader func(d *Document, s *Schema, n *yaml.Node, at Position) error

func text(field func(*Schema) *string) reader {
	return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
		if n.Kind != yaml.ScalarNode {
			return at.Errorf("must be a string")
		}
		*field(s) = n.Value
		return nil
	}
}

func flag(field func(*Schema) *bool) reader {
	return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
		if n.ShortTag() != "!!bool" {
			return at.Errorf("must be true or false")
		}
		*field(s) = n.Value == "true"
		return nil
	}
}

func float(field func(*Schema) **float64) reader {
	return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
		v, err := strconv.ParseFloat(n.Value, 64)
		if err != nil {
			return at.Errorf("must be a number")
		}
		*field(s) = &v
		return nil
	}
}

// exclusive reads a bound, or whether the bound beside it is exclusive.
func exclusive(field func(*Schema) (**float64, *bool)) reader {
	return func(d *Document, s *Schema, n *yaml.Node, at Position) error {
		bound, flag := field(s)
		if n.ShortTag() == "!!bool" {
			*flag = n.Value == "true"
			return nil
		}
		return float(func(*Schema) **float64 { return bound })(d, s, n, at)
	}
}

func count(field func(*Schema) **int) reader {
	return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
		v, err := strconv.ParseFloat(n.Value, 64) // 5.0 is a count.
		if err != nil || v < 0 || v != math.Trunc(v) || v > math.MaxInt32 {
			return at.Errorf("must be a count")
		}
		*field(s) = new(int(v))
		return nil
	}
}

func list(field func(*Schema) *[]string) reader {
	return func(_ *Document, s *Schema, n *yaml.Node, at Position) error {
		if n.Kind != yaml.SequenceNode {
			return at.Errorf("must be a list")
		}
		out := make([]string, 0, len(n.Content))
		for _, e := range n.Content {
			out = append(out, alias(e).Value)
		}
		*field(s) = out
		return nil
	}
}
