package diff

import (
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// Kind is the sort of a change.
type Kind string

// The kinds of changes. A body is what an operation takes or answers with one
// status and media type.
const (
	EventAdded       Kind = "event added"
	EventRemoved     Kind = "event removed"
	WebhookAdded     Kind = "webhook added"
	WebhookRemoved   Kind = "webhook removed"
	OperationAdded   Kind = "operation added"
	OperationRemoved Kind = "operation removed"
	BodyAdded        Kind = "body added"
	BodyRemoved      Kind = "body removed"
	FieldAdded       Kind = "field added"
	FieldRemoved     Kind = "field removed"
	ArmAdded         Kind = "union arm added"
	ArmRemoved       Kind = "union arm removed"
	ShapeAdded       Kind = "contents described"
	ShapeRemoved     Kind = "contents no longer described"
	ValueAdded       Kind = "value added"
	ValueRemoved     Kind = "value removed"
	ConstantChanged  Kind = "constant changed"
	Opened           Kind = "set of values opened"
	Closed           Kind = "set of values closed"
	NullAdded        Kind = "null allowed"
	NullRemoved      Kind = "null no longer allowed"
	RequiredAdded    Kind = "now required"
	RequiredRemoved  Kind = "no longer required"
	KindWidened      Kind = "type widened"
	KindNarrowed     Kind = "type narrowed"
	KindChanged      Kind = "type changed"
	BoundTightened   Kind = "bound tightened"
	BoundLoosened    Kind = "bound loosened"
	FormatChanged    Kind = "format changed"
	DefaultChanged   Kind = "default changed"
	Deprecated       Kind = "deprecated"
	Undeprecated     Kind = "no longer deprecated"
	AliasesChanged   Kind = "aliases changed"
	ReplyAdded       Kind = "reply added"
	ReplyRemoved     Kind = "reply removed"
	RepliesReordered Kind = "replies reordered"
	SubjectChanged   Kind = "subject changed"
)

// inverses pairs the kinds that are each other's opposite.
var inverses = map[Kind]Kind{
	EventAdded: EventRemoved, WebhookAdded: WebhookRemoved, OperationAdded: OperationRemoved, BodyAdded: BodyRemoved,
	FieldAdded: FieldRemoved, ArmAdded: ArmRemoved, ShapeAdded: ShapeRemoved, ValueAdded: ValueRemoved,
	Opened: Closed, NullAdded: NullRemoved, RequiredAdded: RequiredRemoved, KindWidened: KindNarrowed,
	BoundTightened: BoundLoosened, Deprecated: Undeprecated, ReplyAdded: ReplyRemoved,
}

// inverse is what a change is when it is read from the other document's side.
func (k Kind) inverse() Kind {
	if other, ok := inverses[k]; ok {
		return other
	}
	for kind, other := range inverses {
		if other == k {
			return kind
		}
	}
	return k
}

// Change is a change at one place on the wire.
type Change struct {
	Kind       Kind
	Root, Path string
	Subject    string // the root, or the schema and the member in our document
	Old, New   string
	Values     []string // of a change of values: those added or removed
	Bound      string   // of a bound: its keyword
	Edge       bool     // of a reply that is added to others: it comes first or last
	Breaks     Breaks
	Why        string
	Go         []string

	// Before and After describe the place in each document, as far as it is there.
	// Parent is the node that has the place below it, in the old document.
	Before, After, Parent *wirepaths.Node
	AfterParent           *wirepaths.Node
}

// Place is the root and the path.
func (c Change) Place() string { return strings.TrimSpace(c.Root + " " + c.Path) }

// subjects names the place by the schemas that describe it in a document, such as
// ServerVAD.threshold; inside is the node that has it below it.
func subjects(path string, inside *wirepaths.Node) []string {
	if path == "" || inside == nil {
		return nil
	}
	var names []string
	for _, p := range inside.Places {
		component, ok := strings.CutPrefix(p.Schema, "#/components/schemas/")
		if !ok {
			continue
		}
		names = append(names, pointerNames.Replace(component)+leaf(path))
	}
	return names
}

// pointerNames turns a JSON pointer below the components into a name.
var pointerNames = strings.NewReplacer("/properties/", ".", "/items", "[]", "/additionalProperties", "{}", "~1", "/", "~0", "~")

// parent cuts the last part off a path: a member, an arm, the items of an array or
// the values of a map.
func parent(path string) string {
	if path == "" {
		return ""
	}
	last := leaf(path)
	return path[:len(path)-len(last)]
}

// leaf is the last part of a path.
func leaf(path string) string {
	switch {
	case path == "":
		return "."
	case strings.HasSuffix(path, "[]"), strings.HasSuffix(path, "{}"):
		return path[len(path)-2:]
	case strings.HasSuffix(path, ">"):
		return path[strings.LastIndexByte(path, '<'):]
	case strings.HasSuffix(path, ")"): // A parameter or a header: its name may have dots.
		return path
	}
	open := strings.LastIndexByte(path, '>') // A label may have dots.
	if dot := strings.LastIndexByte(path, '.'); dot > open {
		return path[dot:]
	}
	return path[open+1:]
}
