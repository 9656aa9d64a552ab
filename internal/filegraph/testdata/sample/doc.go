// Package sample is a package with a circle.
package sample

//   - base_*: the bottom.
//   - top_*: the top.
