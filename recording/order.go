package recording

import (
	"cmp"
	"slices"
)

// sortLines puts lines in the order of their times. Lines of one time keep their order,
// but for answers before their requests: writers write a request once its fate is known.
// decode is [Frame.decode]; it is called at most once for each line.
func sortLines(lines []Line, decode func(*Frame) event) {
	slices.SortStableFunc(lines, func(a, b Line) int { return cmp.Compare(a.At, b.At) })
	for from := 0; from < len(lines); {
		until := from + 1
		for until < len(lines) && lines[until].At == lines[from].At {
			until++
		}
		if until-from > 1 {
			sortRequests(lines[from:until], decode)
		}
		from = until
	}
}

// sortRequests puts requests before their answers. An answer belongs to one request, the
// first that can have it: with a service nearby, all of a conversation may have one time.
func sortRequests(lines []Line, decode func(*Frame) event) {
	a := answersOf(lines, decode)
	before := map[int]int{} // the request that moves before an answer, by their indexes
	moved := make([]bool, len(lines))
	for i := range lines {
		request := frameOf(&lines[i], Out)
		if request == nil {
			continue
		}
		if answer, ok := a.take(request); ok && answer < i {
			before[answer], moved[i] = i, true
		}
	}
	if len(before) == 0 {
		return
	}
	sorted := make([]Line, 0, len(lines))
	for i := range lines {
		if request, ok := before[i]; ok {
			sorted = append(sorted, lines[request])
		}
		if !moved[i] {
			sorted = append(sorted, lines[i])
		}
	}
	copy(lines, sorted)
}

// frameOf returns the message of a line, nil if it has none of this direction.
func frameOf(l *Line, d Direction) *Frame {
	if f, ok := l.Body.(*Frame); ok && f.Direction == d {
		return f
	}
	return nil
}

// answers are the messages of the service that can be answers to requests among the same
// lines. Queues hold the indexes of those that no request has, in their order.
type answers struct {
	decode func(*Frame) event
	errors map[string][]int // queues by the event_id that an error names
	types  map[string][]int // queues of other messages by the type of the request
	taken  map[int]bool     // a message can be in the queues of several types
}

func answersOf(lines []Line, decode func(*Frame) event) *answers {
	a := &answers{decode: decode, errors: map[string][]int{}, types: map[string][]int{}, taken: map[int]bool{}}
	for i := range lines {
		if request := frameOf(&lines[i], Out); request != nil && request.Type != "" {
			a.types[request.Type] = nil
		}
	}
	if len(a.types) == 0 {
		return a
	}
	for i := range lines {
		if answer := frameOf(&lines[i], In); answer != nil {
			a.add(i, answer)
		}
	}
	return a
}

// createItem is the request whose answers do not have its name.
const createItem = "conversation.item.create"

// add puts a message into the queues of the requests that it can answer.
func (a *answers) add(i int, answer *Frame) {
	switch answer.Type {
	case "error":
		if id := a.decode(answer).Error.EventID; id != "" {
			a.errors[id] = append(a.errors[id], i)
		}
		return
	case "conversation.item.added", "conversation.item.created":
		if queue, asked := a.types[createItem]; asked && ofClient(a.decode(answer).Item) {
			a.types[createItem] = append(queue, i)
		}
	}
	// The answer to a session.update is session.updated, that to an input_audio_buffer.commit
	// is input_audio_buffer.committed: the request's name and up to three letters.
	for n := range min(4, len(answer.Type)) {
		name := answer.Type[:len(answer.Type)-n]
		if queue, asked := a.types[name]; asked && name != createItem {
			a.types[name] = append(queue, i)
		}
	}
}

// ofClient reports whether an item can come from the client. What the model says does not.
func ofClient(item eventItem) bool {
	switch item.Type {
	case "message":
		return item.Role != "assistant"
	case "function_call":
		return false
	default:
		return true
	}
}

// take removes the answer of a request and returns its index: the error that names the
// request, or the first message that answers requests of its type.
func (a *answers) take(request *Frame) (answer int, ok bool) {
	if len(a.errors) > 0 {
		id := a.decode(request).EventID
		if queue := a.errors[id]; len(queue) > 0 {
			a.errors[id] = queue[1:]
			return queue[0], true
		}
	}
	queue := a.types[request.Type]
	for len(queue) > 0 && a.taken[queue[0]] {
		queue = queue[1:]
	}
	if len(queue) > 0 {
		answer, ok, queue = queue[0], true, queue[1:]
		a.taken[answer] = true
	}
	a.types[request.Type] = queue
	return answer, ok
}
