package model

import "github.com/voicelane/realtime-go/cmd/eventgen/internal/load"

func (b *builder) scalar(s *load.Schema) (*Type, error) {
	t := &Type{Checks: checksOf(s)}
	switch kindOf(s) {
	case "string":
		t.Kind = String
		if s.ContentEncoding == "base64" || s.Format == "byte" {
			t.Kind = Bytes
		}
		if b.times && s.Format == "date-time" {
			t.Kind, t.Checks = Time, Checks{}
		}
	case "integer":
		t.Kind = Int
		// A number that is bounded to 32 bits is an int, so that new(60) makes it.
		if (s.Format == "int64" || s.Format == "unixtime") && !t.Checks.fits32() {
			t.Kind = Int64
		}
	case "number":
		t.Kind = Float
	case "boolean":
		t.Kind = Bool
	case "object", "":
		t.Kind = Raw
	default:
		return nil, s.Errorf("there is no Go type for %q", kindOf(s))
	}
	return t, nil
}

func (b *builder) enum(s *load.Schema, hint string) (*Type, error) {
	t, err := b.scalar(s)
	if err != nil {
		return nil, err
	}
	if t.Kind == Bytes || t.Kind == Raw || t.Kind == Time {
		return nil, s.Errorf("there is no Go type for these known values")
	}
	for _, v := range values(s) {
		if v.Kind != kindOf(s) && (v.Kind != "integer" || t.Kind != Float) {
			b.doc.Warn(s.Position, "the known values are left out: the value %s is not of type %s", v.Quoted, kindOf(s))
			return t, nil
		}
	}
	t.Name = b.nameOf(s, hint)
	t.Closed = t.Kind == String && s.Known == nil
	b.declare(s, t, b.known(s, t.Name, values(s)))
	return t, nil
}

// declare adds a named type to the package.
func (b *builder) declare(s *load.Schema, t *Type, vals []Value) *Named {
	n := &Named{Type: t, Doc: prose(s), Values: vals, position: s.Position}
	b.byPtr[s.Pointer] = t
	b.named[t] = n
	b.pkg.Named = append(b.pkg.Named, n)
	return n
}
