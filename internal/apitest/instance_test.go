package apitest

import (
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// instances makes random instances of schemas. Wild instances deviate from the
// specification in every way that a peer could.
type instances struct {
	writer

	doc *document
	// rich makes each optional member likely to occur.
	rich bool
	// visited counts the written members by component and name.
	visited map[string]int
}

func newInstances(doc *document, seed uint64, wild bool) *instances {
	return &instances{writer: newWriter(seed, wild), doc: doc, visited: map[string]int{}}
}

// event returns the JSON of an event.
func (g *instances) event(e event) []byte {
	g.buf = nil
	g.rich = g.IntN(3) == 0
	name := e.name
	if g.chance(40) {
		name = one(&g.writer, "surprise", "", "session.created", "response.done", g.text(5))
	}
	g.object(e.schema, map[string]string{"type": name})
	g.token("")
	return slices.Clone(g.buf)
}

// value writes an instance of s.
func (g *instances) value(s *schema) {
	s = g.doc.deref(s)
	switch {
	case g.chance(30):
		g.anything(2)
	case g.chance(60):
		g.token("null")
	case g.chance(300):
		g.deep(g.IntN(60))
	case s.arms() != nil:
		g.arm(s)
	case s.Const != nil:
		g.constant(s.Const)
	case s.Enum != nil || s.Known != nil:
		g.enum(s)
	default:
		g.plain(s, one(&g.writer, s.Type...))
	}
}

// arm writes an instance of one variant of a union.
func (g *instances) arm(s *schema) {
	if g.chance(10) {
		g.token(fmt.Sprintf(`{"type":%q,"role":%q,"id":"x"}`,
			one(&g.writer, "surprise", "message", "function"), one(&g.writer, "surprise", "user")))
		return
	}
	g.value(one(&g.writer, s.arms()...))
}

// constant writes a value allowed by the keyword const or enum.
func (g *instances) constant(v any) {
	if s, ok := v.(string); ok {
		g.string(s)
		return
	}
	g.token(fmt.Sprint(v))
}

func (g *instances) enum(s *schema) {
	open := s.Enum == nil
	if g.chance(8) || open && g.IntN(4) == 0 {
		g.string(one(&g.writer, "surprise", g.text(4)))
		return
	}
	g.constant(one(&g.writer, slices.Concat(s.Enum, s.Known)...))
}

// plain writes a value of one kind.
func (g *instances) plain(s *schema, kind string) {
	switch kind {
	case "null":
		g.token("null")
	case "boolean":
		g.token(one(&g.writer, "true", "false"))
	case "integer":
		g.integer(s)
	case "number":
		g.number(s)
	case "string":
		g.str(s)
	case "array":
		g.array(s)
	case "object":
		switch {
		case s.Properties != nil || s.Additional.closed:
			g.object(s, nil)
		case s.Additional.schema != nil:
			g.dictionary(s)
		default:
			g.token(`{"type":"object","properties":{"a":{"type":"string"}},"n":[1,1.50,null]}`)
		}
	}
}

func (g *instances) integer(s *schema) {
	if g.chance(5) {
		g.token(g.oddNumber())
		return
	}
	low, high := int64(-1<<40), int64(1<<40)
	if s.Minimum != nil {
		low = int64(*s.Minimum)
		high = max(high, low)
	}
	if s.Maximum != nil {
		high = int64(*s.Maximum)
	}
	n := one(&g.writer, low, high, low+g.Int64N(high-low+1))
	if low <= 0 && high >= 0 && g.IntN(4) == 0 {
		n = 0
	}
	text := strconv.FormatInt(n, 10)
	if n != 0 && g.IntN(10) == 0 {
		text += one(&g.writer, ".0", "e0", "0e-1") // The same number.
	}
	g.token(text)
}

func (g *instances) number(s *schema) {
	if g.chance(5) {
		g.token(g.oddNumber())
		return
	}
	v := math.Float64frombits(g.Uint64())
	if s.Minimum != nil || s.Maximum != nil {
		low, high := -1e9, 1e9
		if s.Minimum != nil {
			low = *s.Minimum
			high = max(high, low)
		}
		if s.Maximum != nil {
			high = *s.Maximum
			low = min(low, high)
		}
		v = one(&g.writer, low+g.Float64()*(high-low), low, high)
	}
	if math.IsNaN(v) || math.IsInf(v, 0) {
		v = 0.5
	}
	g.token(strconv.FormatFloat(v, one(&g.writer, byte('e'), 'g', 'E'), -1, 64))
}

func (g *instances) str(s *schema) {
	switch {
	case s.Encoding == "base64" && g.chance(4):
		g.string(g.oddBase64())
	case s.Encoding == "base64":
		data := make([]byte, g.IntN(40))
		for i := range data {
			data[i] = byte(g.Uint32())
		}
		g.string(base64.StdEncoding.EncodeToString(data))
	case s.Pattern != "":
		g.string(g.matching(s.Pattern))
	default:
		low, high := 0, 12
		if s.MinLength != nil {
			low = *s.MinLength
		}
		n := low + g.IntN(high)
		if s.MaxLength != nil && g.IntN(20) == 0 {
			n = *s.MaxLength
		}
		g.string(g.text(n))
	}
}

func (g *instances) array(s *schema) {
	low, high := 0, 3
	if s.MinItems != nil {
		low = *s.MinItems
	}
	if s.MaxItems != nil {
		high = *s.MaxItems
	}
	n := low + g.IntN(high-low+1)
	if g.chance(10) {
		n = g.IntN(4)
	}
	g.token("[")
	for i := range n {
		if i > 0 {
			g.token(",")
		}
		g.value(s.Items)
	}
	g.token("]")
}

func (g *instances) dictionary(s *schema) {
	g.token("{")
	for i := range g.IntN(4) {
		if i > 0 {
			g.token(",")
		}
		name := strconv.Itoa(i) + g.text(3)
		if g.chance(5) {
			name = "0" // A name that may occur twice.
		}
		g.string(name)
		g.token(":")
		g.value(s.Additional.schema)
	}
	g.token("}")
}

// object writes an instance of a schema with properties. The members in given have
// fixed values. They are written last, so that they count.
func (g *instances) object(s *schema, given map[string]string) {
	names := s.members()
	g.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	needed := ""
	if s.RequireOneOf != nil {
		needed = one(&g.writer, s.RequireOneOf...)
	}
	first := true
	member := func(name string, write func()) {
		if !first {
			g.token(",")
		}
		first = false
		g.string(name)
		g.token(":")
		write()
	}
	stray := func() {
		name := one(&g.writer, "type", "TYPE", "Event_ID", "ID", "role", "zz", "é", g.text(2), one(&g.writer, s.members()...))
		if _, ok := given[name]; !ok || g.IntN(2) == 0 {
			member(name, func() { g.anything(2) })
		}
	}
	g.token("{")
	for _, name := range names {
		if _, ok := given[name]; ok {
			continue
		}
		for g.chance(25) {
			stray()
		}
		required := slices.Contains(s.Required, name)
		switch {
		case name == needed:
		case required && g.chance(20):
			continue
		case !required && !g.rich && g.IntN(2) == 0, !required && g.IntN(8) == 0:
			continue
		}
		g.visited[s.name+"."+name]++
		member(name, func() { g.value(s.Properties[name]) })
		for g.chance(40) {
			member(name, func() { g.value(s.Properties[name]) })
		}
	}
	for g.chance(3) {
		stray()
	}
	for name, value := range given {
		g.visited[s.name+"."+name]++
		member(name, func() { g.string(value) })
	}
	g.token("}")
}
