package sample

import "strings"

// Base is used by the others.
type Base struct{ name string }

func (b *Base) upper() string { return strings.ToUpper(b.name) }
