// Package attack holds a test alone. It drives sessions of every kind against the
// in-process server through a proxy that cuts, stalls, slows and garbles the stream of
// bytes at random offsets, ends them in every way at any time, and compares what both
// sides saw, and what taps, receipts and errors say of each send:
//
//	go test -race ./internal/attack                 # a few seeds
//	go test -race ./internal/attack -attack 2h -timeout 0
//	go test -race ./internal/attack -run 'Attack$/seed_7$' -seed 7 -seeds 1
//
// A seed decides everything that the programs and the proxy do. Even seeds run in memory
// on the clock of testing/synctest, where a hang is found at once and stalls cost no
// time. Odd seeds run over TCP on real time.
package attack
