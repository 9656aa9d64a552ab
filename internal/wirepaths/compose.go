package wirepaths

import (
	"fmt"
)

// maxDepth is the maximum depth of allOf in allOf.
const maxDepth = 32

// composition is a schema together with the schemas in its allOf, which describe the
// same value.
type composition struct {
	// members has the members of all of the schemas. A member of several has the last
	// schema, which is the narrower one in known documents; the generator reads allOf in
	// the same way.
	members  map[string]member
	required map[string]bool
	closed   bool // One of the schemas limits the values.
}

// member is a member of an object and the position of its schema.
type member struct {
	schema object
	at     string
}

// compose returns the composition of a schema without a reference.
func (d *Document) compose(s object, at string) (*composition, error) {
	c := &composition{members: map[string]member{}, required: map[string]bool{}}
	return c, d.addTo(c, s, at, 0)
}

func (d *Document) addTo(c *composition, s object, at string, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("wirepaths: %s: allOf contains itself", at)
	}
	s, refs, err := d.deref(s)
	if err != nil {
		return err
	}
	if len(refs) > 0 {
		at = refs[len(refs)-1]
	}
	if arms := s.arms(); len(arms) == 1 && s.object("discriminator") == nil {
		return d.addTo(c, arms[0].schema, at+arms[0].at, depth+1)
	}
	for i, part := range s.objects("allOf") {
		if err := d.addTo(c, part, fmt.Sprintf("%s/allOf/%d", at, i), depth+1); err != nil {
			return err
		}
	}
	c.closed = c.closed || s.closed()
	for name, p := range sorted(s.object("properties")) {
		c.members[name] = member{p, at + "/properties/" + escape(name)}
	}
	for _, name := range s.list("required") {
		c.required[fmt.Sprint(name)] = true
	}
	return nil
}
