package model

// GoName returns the exported Go name that the generator gives to a wire name.
func GoName(wire string) string { return goName(wire) }
