// Package trial has only tests: those that apply to every carrier. Random calls run whole,
// from a model's server to a caller's ear, in bubbles of testing/synctest.
package trial
