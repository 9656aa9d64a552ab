//go:build race

package apitest

// slow tells that the tests run under the race detector, which makes them many
// times slower; there is less to do then.
const slow = true
