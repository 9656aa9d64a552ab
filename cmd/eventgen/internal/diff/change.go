package diff

import (
	"strings"

	"github.com/voicelane/realtime-go/internal/wirepaths"
)

// Kind is the kind of a change.
type Kind string

// The kinds of changes. A body is a request's body, or a response's body for one status
// and media type.
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

// inverses pairs kinds with their opposites.
var inverses = map[Kind]Kind{
	EventAdded: EventRemoved, WebhookAdded: WebhookRemoved, OperationAdded: OperationRemoved, BodyAdded: BodyRemoved,
	FieldAdded: FieldRemoved, ArmAdded: ArmRemoved, ShapeAdded: ShapeRemoved, ValueAdded: ValueRemoved,
	Opened: Closed, NullAdded: NullRemoved, RequiredAdded: RequiredRemoved, KindWidened: KindNarrowed,
	BoundTightened: BoundLoosened, Deprecated: Undeprecated, ReplyAdded: ReplyRemoved,
}

// inverse returns the kind of the same change in the other direction.
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

// Change is a change of one place on the wire.
type Change struct {
	Kind       Kind
	Root, Path string
	Subject    string // The root, or the schema and the member in our document.
	Old, New   string
	Values     []string // The values that were added or removed.
	Bound      string   // The keyword of a bound.
	Edge       bool     // A reply that is added before or after all others.
	Breaks     Breaks
	Why        string
	Go         []string

	// Before and After describe the place in each document, if it exists. Parent and
	// AfterParent are the nodes above it.
	Before, After, Parent *wirepaths.Node
	AfterParent           *wirepaths.Node
}

// Place returns the root and the path.
func (c Change) Place() string { return strings.TrimSpace(c.Root + " " + c.Path) }

// subjects returns names of the place by the schemas that describe it in a document,
// such as ServerVAD.threshold. inside is the node above the place.
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

// parent returns a path without its last part: a member, an arm, the items of an array
// or the values of a map.
func parent(path string) string {
	if path == "" {
		return ""
	}
	last := leaf(path)
	return path[:len(path)-len(last)]
}

// leaf returns the last part of a path.
func leaf(path string) string {
	switch {
	case path == "":
		return "."
	case strings.HasSuffix(path, "[]"), strings.HasSuffix(path, "{}"):
		return path[len(path)-2:]
	case strings.HasSuffix(path, ">"):
		return path[strings.LastIndexByte(path, '<'):]
	case strings.HasSuffix(path, ")"): // A parameter or a header, whose name may have dots.
		return path
	}
	open := strings.LastIndexByte(path, '>') // A label may have dots.
	if dot := strings.LastIndexByte(path, '.'); dot > open {
		return path[dot:]
	}
	return path[open+1:]
}

// Breaks reports whose code a change breaks.
type Breaks struct {
	Senders   bool `json:"senders"`
	Receivers bool `json:"receivers"`
}

// class returns the class of a change with these breaks.
func (b Breaks) class() Class {
	switch {
	case b.Senders:
		return BreaksSenders
	case b.Receivers:
		return BreaksReceivers
	}
	return Compatible
}

// Class is the severity of a change.
type Class int

// The classes in ascending order. A message that the server refuses is worse than one
// that is read without a part.
const (
	Same Class = iota
	Compatible
	BreaksReceivers
	BreaksSenders
)

func (c Class) String() string {
	return [...]string{"same", "compatible", "breaking for receivers", "breaking for senders"}[c]
}
