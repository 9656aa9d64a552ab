package specdoc

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

const (
	schemasPointer = "#/components/schemas/"
	filesPointer   = "#/x-files/" // Trees of other files, by their names.
)

// Warn records a fault that does not keep the document from being read.
func (d *Document) Warn(at Position, format string, args ...any) {
	w := &Error{Position: at, Msg: fmt.Sprintf(format, args...)}
	if slices.ContainsFunc(d.Warnings, func(o *Error) bool { return *o == *w }) {
		return // Read twice, through two references.
	}
	d.Warnings = append(d.Warnings, w)
}

// Document is a specification, read from all of its files. It must not be changed.
type Document struct {
	// Root is the merged OpenAPI document. Its nodes keep the lines of their files.
	Root *yaml.Node
	// Files names the files, first the one that was passed to Read.
	Files []string
	// Protocols has one element for each direction of a channel, in the order of the
	// operations. It is empty for an OpenAPI document.
	Protocols []*Protocol
	// Warnings are the faults that do not keep the document from being read, in the order
	// in which they were found.
	Warnings []*Error
	// REST is the unchanged OpenAPI document that describes REST operations, or nil.
	REST *File

	files   map[*yaml.Node]string // The files of nodes that do not come from file.
	file    string
	trees   map[string]string // The pointers at which other files are in the tree, by file.
	written map[string]string // Pointers in their own file, by pointer in the tree: of unions, arms and payloads.
}

// File is one file of a specification.
type File struct {
	Name string
	Data []byte
}

// Protocol is one direction of a channel: a union of messages, which is a component of
// the merged document.
type Protocol struct {
	Position // Of the operation, or of the trait that several operations share.

	Union    string // The component.
	Channel  string
	Sent     bool // By the program that uses the document; otherwise received.
	Messages []*Message
}

// Message is a message of a protocol.
type Message struct {
	Position // Of the operation's reference to it, or of the message in the channel.

	Name      string    // Its key in the channel.
	Operation string    // The pointer of the operation that lists it.
	Schema    string    // The component that describes its payload.
	Cause     *Location // The id of the event that the message refers to; its own id if it is sent.
	About     *Location // The id of the message's subject: x-subject.
	// Replies are the answers to the message in the order in which they come; the last
	// one ends the exchange. Replies with a Cause refuse the message and have no place
	// in the order.
	Replies []*Message
}

// Location is a place in the payload of a message.
type Location struct {
	Position

	Path []string
}

func (l *Location) String() string { return strings.Join(l.Path, "/") }

// Position returns where a node of the merged tree was written. The pointer is the
// node's in the merged tree.
func (d *Document) Position(n *yaml.Node, pointer string) Position {
	p := Position{File: d.file, Line: n.Line, Pointer: pointer, Written: d.Written(pointer)}
	if file, ok := d.files[n]; ok {
		p.File = file
	}
	return p
}

// Written returns the pointer in the original file for a pointer in the merged tree, or
// "" if they are equal.
func (d *Document) Written(pointer string) string {
	if at := d.written[pointer]; at != "" {
		return at
	}
	if file, ok := strings.CutPrefix(pointer, filesPointer); ok {
		_, rest, _ := strings.Cut(file, "/")
		return "#/" + rest
	}
	name, ok := strings.CutPrefix(pointer, schemasPointer)
	if !ok || len(d.written) == 0 {
		return ""
	}
	name, rest, _ := strings.Cut(name, "/")
	if at := d.written[schemasPointer+name]; at != "" {
		return at + "/" + rest
	}
	return ""
}

// Source returns the names of the files as text, such as "asyncapi.yaml and openapi.yaml".
func (d *Document) Source() string {
	names := make([]string, len(d.Files))
	for i, f := range d.Files {
		names[i] = path.Base(filepath.ToSlash(f))
	}
	if last := len(names) - 1; last > 0 {
		return strings.Join(names[:last], ", ") + " and " + names[last]
	}
	return names[0]
}

// Size returns the number of values in the merged document, each once.
func (d *Document) Size() int {
	var count func(n *yaml.Node) int
	count = func(n *yaml.Node) int {
		total := 1
		for _, c := range n.Content {
			total += count(c)
		}
		return total
	}
	return count(d.Root)
}

// Marshal writes the merged document as YAML.
func (d *Document) Marshal() ([]byte, error) { return yaml.Marshal(d.Root) }

// Types returns the wire types of a union's messages: the constant member type of their
// payloads.
func (d *Document) Types(union string) []string {
	var types []string
	for _, p := range d.Protocols {
		for _, m := range p.Messages {
			if p.Union == union {
				if t := At(d.Root, schemasPointer+Escape(m.Schema)+"/properties/type/const"); t != nil {
					types = append(types, t.Value)
				}
			}
		}
	}
	return types
}

// claim records that a node and its descendants come from a file.
func (d *Document) claim(n *yaml.Node, file string) {
	if _, known := d.files[n]; known || file == d.file {
		return
	}
	d.files[n] = file
	for _, c := range n.Content {
		d.claim(c, file)
	}
}
