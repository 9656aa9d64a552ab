package redact

import "regexp"

// numbers matches six or more digits, also with spaces, dashes, dots, slashes and brackets
// between them.
var numbers = regexp.MustCompile(`\+?\(?\d(?:[ \-./()]{0,2}\d){5,}`)

// emails matches addresses.
var emails = regexp.MustCompile(`[\pL\pN._%+\-]+@[\pL\pN\-]+(?:\.[\pL\pN\-]+)+`)

// Numbers returns a text without long numbers.
func Numbers(_, text string) string { return numbers.ReplaceAllString(text, "‹number›") }

// Emails returns a text without addresses.
func Emails(_, text string) string { return emails.ReplaceAllString(text, "‹email›") }
