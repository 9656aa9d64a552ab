// Package trial is a test alone: what must hold for every carrier. Random calls run whole,
// from a model's server to a caller's ear, in bubbles of testing/synctest.
package trial
