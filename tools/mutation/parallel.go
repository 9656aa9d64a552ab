package main

import "sync"

// parallel calls do for each value, for n at a time.
func parallel[T any](n int, values []T, do func(T)) {
	queue := make(chan T)
	var workers sync.WaitGroup
	for range n {
		workers.Go(func() {
			for v := range queue {
				do(v)
			}
		})
	}
	for _, v := range values {
		queue <- v
	}
	close(queue)
	workers.Wait()
}
