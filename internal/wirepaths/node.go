package wirepaths

import "slices"

// Set holds the paths of a document by root, then by path.
type Set map[string]map[string]*Node

// Node describes the values that may occur at one path.
type Node struct {
	Kinds    map[string]bool // string, number, boolean, array, object
	Values   map[string]bool // allowed or known values
	Bounds   map[string]string
	Nullable bool
	Required bool // required in at least one of the schemas that share the path

	// Format omits the fields below.

	Union   bool // more than one arm besides null
	Decimal bool // numbers need not be integers
	Free    bool // values other than the listed ones are allowed
	Notes   map[string]string
	Places  []Place // the schemas that describe the node
	Prose   uint64  // a hash of their titles, descriptions and examples
}

// Place is the position of a node's description in a document, as JSON pointers.
type Place struct {
	At     string // of the object member, array item or union arm
	Schema string // of its schema, with references resolved
}

// put adds to a map that is nil while it is empty: most nodes have no values, bounds or
// notes, and a document has a hundred thousand nodes.
func put[V any](m *map[string]V, key string, value V) {
	if *m == nil {
		*m = map[string]V{}
	}
	(*m)[key] = value
}

// place adds a place unless the node has it.
func (n *Node) place(p Place) {
	if !slices.Contains(n.Places, p) {
		n.Places = append(n.Places, p)
	}
}
