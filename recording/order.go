package recording

import (
	"slices"
	"strings"
)

// sortLines puts lines in the order of their times. Lines of one time keep their order,
// but for answers before their requests: writers write a request once its fate is known.
func sortLines(lines []Line) {
	slices.SortStableFunc(lines, func(a, b Line) int { return int(min(max(a.At-b.At, -1), 1)) })
	for from := 0; from < len(lines); {
		until := from + 1
		for until < len(lines) && lines[until].At == lines[from].At {
			until++
		}
		if until-from > 1 {
			sortRequests(lines[from:until])
		}
		from = until
	}
}

// sortRequests puts requests before their answers. An answer belongs to one request, the
// first that can have it: with a service nearby, all of a conversation may have one time.
func sortRequests(lines []Line) {
	taken := map[Body]bool{}
	for i := range lines {
		request, ok := lines[i].Body.(*Frame)
		if !ok || request.Direction != Out {
			continue
		}
		answer := answerOf(lines, request, taken)
		if answer < 0 {
			continue
		}
		taken[lines[answer].Body] = true
		if answer < i {
			line := lines[i]
			copy(lines[answer+1:i+1], lines[answer:i])
			lines[answer] = line
		}
	}
}

// answerOf returns the index of the answer of a request, -1 if it has none: the error that
// names it, or the first that answers requests of its type.
func answerOf(lines []Line, request *Frame, taken map[Body]bool) int {
	first := -1
	for i := range lines {
		l := &lines[i]
		x, ok := l.Body.(*Frame)
		switch {
		case !ok || x.Direction != In || taken[l.Body]:
		case x.Type == "error":
			e, r := x.decode(), request.decode()
			if e.Error.EventID != "" && e.Error.EventID == r.EventID {
				return i
			}
		case first < 0 && answers(x, request):
			first = i
		}
	}
	return first
}

// answers reports whether a message of the service can be the answer to a request, such as
// session.updated to a session.update. What the model says is no answer to an item.
func answers(answer, request *Frame) bool {
	if request.Type != "conversation.item.create" {
		return request.Type != "" && strings.HasPrefix(answer.Type, request.Type)
	}
	if answer.Type != "conversation.item.added" && answer.Type != "conversation.item.created" {
		return false
	}
	switch item := answer.decode().Item; item.Type {
	case "message":
		return item.Role != "assistant"
	case "function_call":
		return false
	default:
		return true
	}
}
