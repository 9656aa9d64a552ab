package importer

import (
	"bytes"
	"flag"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/voicelane/realtime-go/cmd/eventgen/internal/diff"
	"github.com/voicelane/realtime-go/internal/wirepaths"
)

const removals = 40

// The nightly workflow runs 20 seeds, which take a minute.
var seeds = flag.Uint64("seeds", 0, "the number of specifications with random removals to restore; 0: 3, or 1 with -short")

func specs() uint64 {
	switch {
	case *seeds > 0:
		return *seeds
	case testing.Short():
		return 1
	default:
		return 3
	}
}

// TestImportRestoresRandomRemovals removes parts of our documents at random and imports
// the whole document once: everything is on the wire again, and a second import changes
// nothing.
func TestImportRestoresRandomRemovals(t *testing.T) {
	t.Parallel()
	files := map[string]string{"spec/openapi.yaml": readSpec(t, "openapi.yaml"), "spec/asyncapi.yaml": readSpec(t, "asyncapi.yaml")}
	whole := wirePaths(t, files)
	for seed := range specs() {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			upstream := merged(t, files)
			r := newRemover(t, files, seed)
			trimmed := r.files(t)
			require.NotEmpty(t, wirepaths.Missing(whole, wirePaths(t, trimmed)), "nothing is removed")
			result, after := run(t, ours, trimmed, upstream, nil)
			assert.Empty(t, result.Left, "removed:\n%s", strings.Join(r.log, "\n"))
			assert.Empty(t, wirepaths.Missing(whole, wirePaths(t, after)), "removed:\n%s", strings.Join(r.log, "\n"))
			atRest(t, after, upstream, nil, result.Left)
		})
	}
}

// TestImportRestoresFromTheVendor does the same with the vendor's document, if it is
// available. What we have on purpose and the vendor has not does not come back.
func TestImportRestoresFromTheVendor(t *testing.T) {
	t.Parallel()
	file := os.Getenv("REALTIME_VENDOR_SPEC")
	if file == "" {
		file = filepath.Join(root, "..", "shared", "vendor", "openapi.yaml")
	}
	vendor, err := os.ReadFile(file)
	if err != nil || testing.Short() {
		t.Skip("the vendor's document is missing (REALTIME_VENDOR_SPEC names it), or the test is to be short")
	}
	files := map[string]string{"spec/openapi.yaml": readSpec(t, "openapi.yaml"), "spec/asyncapi.yaml": readSpec(t, "asyncapi.yaml")}
	for seed := range specs() {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			upstream := document(t, "vendor.yaml", map[string]string{"vendor.yaml": string(vendor)})
			overrides, err := diff.ReadOverrides("upstream.yaml", []byte(readSpec(t, "upstream.yaml")))
			require.NoError(t, err)
			r := newRemover(t, files, seed)
			result, after := run(t, ours, r.files(t), upstream, overrides)
			report, err := diff.Compare(document(t, ours, after), upstream, diff.Options{Overrides: overrides, NoNames: true})
			require.NoError(t, err)
			for _, g := range report.Groups {
				for _, c := range g.Changes() {
					assert.True(t, g.Kind == diff.DefaultChanged || onPurpose.MatchString(c.Root+" "+c.Path), "%s: %s, removed:\n%s", g.Kind, c.Place(), strings.Join(r.log, "\n"))
				}
			}
			assert.Len(t, result.Left, len(report.Groups), "each difference has its line, and no other")
			atRest(t, after, upstream, overrides, result.Left)
		})
	}
}

// onPurpose has the places where our document differs from the vendor's on purpose and one
// schema of ours serves several places, so that theirs may not restore ours: the turn
// detection and the voice that servers give back. Defaults differ too: ours are in prose.
var onPurpose = regexp.MustCompile(`\.turn_detection|\.voice$`)

// atRest checks that an import changes nothing and leaves the same.
func atRest(t *testing.T, files map[string]string, upstream *diff.Document, overrides *diff.Overrides, left []string) {
	t.Helper()
	again, _ := run(t, ours, files, upstream, overrides)
	assert.Empty(t, again.Merged)
	assert.Empty(t, again.Files)
	assert.Equal(t, left, again.Left)
}

// wirePaths returns the wire paths of our two files.
func wirePaths(t *testing.T, files map[string]string) wirepaths.Set {
	t.Helper()
	doc := document(t, ours, files).Spec
	wire, err := wirepaths.Decode(doc.Root)
	require.NoError(t, err)
	var unions []wirepaths.Union
	for _, p := range doc.Protocols {
		unions = append(unions, wirepaths.Union{Prefix: p.Union, Component: p.Union})
	}
	set, err := wirepaths.Flatten(wire, unions)
	require.NoError(t, err)
	return set
}

// remover removes parts of our documents.
type remover struct {
	spec, async yaml.Node
	rng         *rand.Rand
	log         []string
}

func newRemover(t *testing.T, files map[string]string, seed uint64) *remover {
	t.Helper()
	r := &remover{rng: rand.New(rand.NewPCG(seed, removals))}
	require.NoError(t, yaml.Unmarshal([]byte(files["spec/openapi.yaml"]), &r.spec))
	require.NoError(t, yaml.Unmarshal([]byte(files["spec/asyncapi.yaml"]), &r.async))
	for len(r.log) < removals {
		kinds := []func() string{r.member, r.member, r.required, r.value, r.value, r.arm, r.arm, r.null, r.keyword, r.event, r.union}
		if what := kinds[r.rng.IntN(len(kinds))](); what != "" {
			r.log = append(r.log, what)
		}
	}
	if r.rng.IntN(2) == 0 {
		r.prune()
	}
	return r
}

func (r *remover) files(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, n := range map[string]*yaml.Node{"spec/openapi.yaml": &r.spec, "spec/asyncapi.yaml": &r.async} {
		var b bytes.Buffer
		e := yaml.NewEncoder(&b)
		e.SetIndent(2)
		require.NoError(t, e.Encode(n))
		out[name] = b.String()
	}
	return out
}

func (r *remover) schemas() *yaml.Node {
	return child(child(r.spec.Content[0], "components").value, "schemas").value
}

// found is a schema and its place.
type found struct {
	at   string
	node *yaml.Node
}

// pick returns a random schema that fits, of all components.
func (r *remover) pick(fits func(n *yaml.Node) bool) (found, bool) {
	var all []found
	var walk func(at string, n *yaml.Node)
	walk = func(at string, n *yaml.Node) {
		if n.Kind == yaml.MappingNode && fits(n) {
			all = append(all, found{at, n})
		}
		for i, c := range n.Content {
			name := strconv.Itoa(i)
			if n.Kind == yaml.MappingNode && i%2 == 1 {
				name = n.Content[i-1].Value
			}
			walk(at+"/"+name, c)
		}
	}
	for i := 0; i+1 < len(r.schemas().Content); i += 2 {
		walk(r.schemas().Content[i].Value, r.schemas().Content[i+1])
	}
	if len(all) == 0 {
		return found{}, false
	}
	return all[r.rng.IntN(len(all))], true
}

// drop removes a member of a mapping.
func drop(n *yaml.Node, key string) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			n.Content = slices.Delete(n.Content, i, i+2)
			return
		}
	}
}

// dropElement removes an element of the list called key, and the list with its last one.
func dropElement(n *yaml.Node, key, element string) {
	list := child(n, key).value
	if list == nil {
		return
	}
	list.Content = slices.DeleteFunc(list.Content, func(e *yaml.Node) bool { return e.Value == element })
	if len(list.Content) == 0 {
		drop(n, key)
	}
}

// free returns the members of an object that tell no arms apart.
func free(n *yaml.Node) []string {
	properties := child(n, "properties").value
	return slices.DeleteFunc(keys(properties), func(name string) bool {
		return child(child(properties, name).value, "const").value != nil
	})
}

func (r *remover) member() string {
	f, ok := r.pick(func(n *yaml.Node) bool { return len(free(n)) > 0 && len(keys(child(n, "properties").value)) > 1 })
	if !ok {
		return ""
	}
	names := free(f.node)
	name := names[r.rng.IntN(len(names))]
	drop(child(f.node, "properties").value, name)
	for _, key := range []string{"required", "x-require-one-of"} {
		dropElement(f.node, key, name)
	}
	drop(f.node, "x-go-constructors")
	return "member " + f.at + " " + name
}

func (r *remover) required() string {
	f, ok := r.pick(func(n *yaml.Node) bool {
		return slices.ContainsFunc(values(child(n, "required").value), func(name string) bool { return slices.Contains(free(n), name) })
	})
	if !ok {
		return ""
	}
	names := slices.DeleteFunc(values(child(f.node, "required").value), func(name string) bool { return !slices.Contains(free(f.node), name) })
	name := names[r.rng.IntN(len(names))]
	dropElement(f.node, "required", name)
	return "required " + f.at + " " + name
}

func (r *remover) value() string {
	key := []string{"enum", "x-known-values"}[r.rng.IntN(2)]
	f, ok := r.pick(func(n *yaml.Node) bool { return len(values(child(n, key).value)) > 1 })
	if !ok {
		return ""
	}
	list := values(child(f.node, key).value)
	value := list[r.rng.IntN(len(list))]
	dropElement(f.node, key, value)
	return "value " + f.at + " " + value
}

func (r *remover) arm() string {
	f, ok := r.pick(func(n *yaml.Node) bool { return len(armsOf(n)) > 1 })
	if !ok {
		return ""
	}
	arms := armsOf(f.node)
	arm := arms[r.rng.IntN(len(arms))]
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := child(f.node, key).value; list != nil {
			list.Content = slices.DeleteFunc(list.Content, func(n *yaml.Node) bool { return n == arm })
		}
	}
	ref, name := child(arm, "$ref").value, "inline"
	if ref != nil {
		name = ref.Value
	}
	if mapping := child(child(f.node, "discriminator").value, "mapping").value; mapping != nil && ref != nil {
		for _, name := range keys(mapping) {
			if child(mapping, name).value.Value == ref.Value {
				drop(mapping, name)
			}
		}
		if len(mapping.Content) == 0 {
			drop(f.node, "discriminator")
		}
	}
	return "arm " + f.at + " " + name
}

// union replaces a reference to a union by one to its first arm.
func (r *remover) union() string {
	f, ok := r.pick(func(n *yaml.Node) bool {
		ref := child(n, "$ref").value
		return ref != nil && len(armsOf(r.target(ref.Value))) > 1
	})
	if !ok {
		return ""
	}
	ref := child(f.node, "$ref").value
	was := ref.Value
	first := child(armsOf(r.target(was))[0], "$ref").value
	if first == nil || strings.Count(f.at, "/") != 2 || !strings.Contains(f.at, "/properties/") {
		return "" // Not a member, which can refer to anything.
	}
	*ref = *first
	return "union " + f.at + " " + was
}

func (r *remover) target(ref string) *yaml.Node {
	return child(r.schemas(), strings.TrimPrefix(ref, schemas)).value
}

func (r *remover) null() string {
	f, ok := r.pick(nullable)
	if !ok {
		return ""
	}
	if list := child(f.node, "type"); list.value != nil && list.value.Kind == yaml.SequenceNode {
		dropElement(f.node, "type", "null")
		return "null " + f.at
	}
	for _, key := range []string{"oneOf", "anyOf"} {
		if list := child(f.node, key).value; list != nil {
			list.Content = slices.DeleteFunc(list.Content, isNull)
		}
	}
	return "null " + f.at
}

func (r *remover) keyword() string {
	bounds := []string{"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "maxProperties", "pattern", "format", "contentEncoding"}
	key := bounds[r.rng.IntN(len(bounds))]
	f, ok := r.pick(func(n *yaml.Node) bool { v := child(n, key).value; return v != nil && v.Kind == yaml.ScalarNode })
	if !ok {
		return ""
	}
	drop(f.node, key)
	return "keyword " + f.at + " " + key
}

// event removes an event from the AsyncAPI document: the message, the operations that
// have no other, and its places among the replies.
func (r *remover) event() string {
	doc := r.async.Content[0]
	all := child(child(doc, "components").value, "messages").value
	name := keys(all)[r.rng.IntN(len(keys(all)))]
	if name == "ErrorEvent" || strings.HasPrefix(name, "Translation") {
		return ""
	}
	drop(all, name)
	channels := child(doc, "channels").value
	for _, c := range keys(channels) {
		drop(child(child(channels, c).value, "messages").value, name)
	}
	prune := func(n *yaml.Node) bool {
		list := child(n, "messages").value
		if list == nil {
			return true
		}
		list.Content = slices.DeleteFunc(list.Content, func(m *yaml.Node) bool { return strings.HasSuffix(child(m, "$ref").value.Value, "/"+name) })
		return len(list.Content) > 0
	}
	ops := child(doc, "operations").value
	for _, o := range keys(ops) {
		op := child(ops, o).value
		if !prune(op) {
			drop(ops, o)
		}
		if reply := child(op, "reply").value; reply != nil && !prune(reply) {
			drop(op, "reply")
		}
	}
	return "event " + name
}

// prune removes components that nothing refers to.
func (r *remover) prune() {
	for again := true; again; {
		again = false
		used := map[string]bool{}
		var walk func(n *yaml.Node)
		walk = func(n *yaml.Node) {
			if ref := child(n, "$ref").value; ref != nil {
				used[ref.Value[strings.LastIndexByte(ref.Value, '/')+1:]] = true
			}
			for _, c := range n.Content {
				walk(c)
			}
		}
		walk(&r.spec)
		walk(&r.async)
		for _, name := range keys(r.schemas()) {
			if !used[name] {
				drop(r.schemas(), name)
				again = true
			}
		}
	}
}

// TestRemoversRemove checks that each way to remove something occurs.
func TestRemoversRemove(t *testing.T) {
	t.Parallel()
	files := map[string]string{"spec/openapi.yaml": readSpec(t, "openapi.yaml"), "spec/asyncapi.yaml": readSpec(t, "asyncapi.yaml")}
	kinds := map[string]int{}
	for seed := range uint64(20) {
		for _, line := range newRemover(t, files, seed).log {
			kind, _, _ := strings.Cut(line, " ")
			kinds[kind]++
		}
	}
	assert.Equal(t, []string{"arm", "event", "keyword", "member", "null", "required", "union", "value"}, slices.Sorted(maps.Keys(kinds)))
}
