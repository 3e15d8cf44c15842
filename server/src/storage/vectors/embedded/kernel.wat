;; Dot products of int8 rows with one int16 query, 128 bits at a time.
;;
;; Rows are `stride` bytes apart, stride a multiple of 16, and come in groups of four: the query
;; is loaded once for four rows. The query has 16 bits a component because sign-extending a row
;; while loading it (load8x8_s) and multiplying pairwise into 32 bits (dot_i16x8_s) takes fewer
;; instructions than int8 by int8, and leaves only the rows' own rounding in the result.
;;
;; A sum must fit 32 bits; whoever quantises the query sees to that (quantise.ts).
(module
  (import "host" "memory" (memory 1))

  ;; Scores rows [0, count) of a block, count rounded up to a multiple of 4, and appends
  ;; (row: i32, score: f32) to `hits` for each score above `threshold`. Rows whose scale is NaN
  ;; are never hits. Returns the address after the last hit.
  (func (export "scan")
    (param $rows i32) (param $scales i32) (param $count i32) (param $stride i32)
    (param $query i32) (param $threshold f32) (param $hits i32)
    (result i32)
    (local $row i32) (local $a i32) (local $b i32) (local $c i32) (local $d i32)
    (local $q i32) (local $end i32) (local $mask i32)
    (local $low v128) (local $high v128) (local $limit v128) (local $scores v128)
    (local $sumA v128) (local $sumB v128) (local $sumC v128) (local $sumD v128)

    (local.set $limit (f32x4.splat (local.get $threshold)))
    (local.set $end (i32.add (local.get $query) (i32.shl (local.get $stride) (i32.const 1))))
    (local.set $d (local.get $rows))

    (block $done
      (loop $group
        (br_if $done (i32.ge_u (local.get $row) (local.get $count)))
        (local.set $a (local.get $d))
        (local.set $b (i32.add (local.get $a) (local.get $stride)))
        (local.set $c (i32.add (local.get $b) (local.get $stride)))
        (local.set $d (i32.add (local.get $c) (local.get $stride)))
        (local.set $q (local.get $query))
        (local.set $sumA (v128.const i32x4 0 0 0 0))
        (local.set $sumB (v128.const i32x4 0 0 0 0))
        (local.set $sumC (v128.const i32x4 0 0 0 0))
        (local.set $sumD (v128.const i32x4 0 0 0 0))

        (loop $components
          (local.set $low (v128.load (local.get $q)))
          (local.set $high (v128.load offset=16 (local.get $q)))
          (local.set $sumA (i32x4.add (local.get $sumA)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $a)) (local.get $low))))
          (local.set $sumB (i32x4.add (local.get $sumB)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $b)) (local.get $low))))
          (local.set $sumC (i32x4.add (local.get $sumC)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $c)) (local.get $low))))
          (local.set $sumD (i32x4.add (local.get $sumD)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $d)) (local.get $low))))
          (local.set $sumA (i32x4.add (local.get $sumA)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $a)) (local.get $high))))
          (local.set $sumB (i32x4.add (local.get $sumB)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $b)) (local.get $high))))
          (local.set $sumC (i32x4.add (local.get $sumC)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $c)) (local.get $high))))
          (local.set $sumD (i32x4.add (local.get $sumD)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $d)) (local.get $high))))
          (local.set $a (i32.add (local.get $a) (i32.const 16)))
          (local.set $b (i32.add (local.get $b) (i32.const 16)))
          (local.set $c (i32.add (local.get $c) (i32.const 16)))
          (local.set $d (i32.add (local.get $d) (i32.const 16)))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (br_if $components (i32.lt_u (local.get $q) (local.get $end))))

        ;; Four sums of four lanes become one vector of four sums. $d now stands at the next group.
        (local.set $sumA (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $sumA) (local.get $sumB))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $sumA) (local.get $sumB))))
        (local.set $sumC (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $sumC) (local.get $sumD))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $sumC) (local.get $sumD))))
        (local.set $scores (f32x4.mul
          (v128.load (local.get $scales))
          (f32x4.convert_i32x4_s (i32x4.add
            (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
              (local.get $sumA) (local.get $sumC))
            (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
              (local.get $sumA) (local.get $sumC))))))

        (local.set $mask
          (i32x4.bitmask (f32x4.gt (local.get $scores) (local.get $limit))))
        (if (local.get $mask)
          (then
            (if (i32.and (local.get $mask) (i32.const 1)) (then
              (i32.store (local.get $hits) (local.get $row))
              (f32.store offset=4 (local.get $hits) (f32x4.extract_lane 0 (local.get $scores)))
              (local.set $hits (i32.add (local.get $hits) (i32.const 8)))))
            (if (i32.and (local.get $mask) (i32.const 2)) (then
              (i32.store (local.get $hits) (i32.add (local.get $row) (i32.const 1)))
              (f32.store offset=4 (local.get $hits) (f32x4.extract_lane 1 (local.get $scores)))
              (local.set $hits (i32.add (local.get $hits) (i32.const 8)))))
            (if (i32.and (local.get $mask) (i32.const 4)) (then
              (i32.store (local.get $hits) (i32.add (local.get $row) (i32.const 2)))
              (f32.store offset=4 (local.get $hits) (f32x4.extract_lane 2 (local.get $scores)))
              (local.set $hits (i32.add (local.get $hits) (i32.const 8)))))
            (if (i32.and (local.get $mask) (i32.const 8)) (then
              (i32.store (local.get $hits) (i32.add (local.get $row) (i32.const 3)))
              (f32.store offset=4 (local.get $hits) (f32x4.extract_lane 3 (local.get $scores)))
              (local.set $hits (i32.add (local.get $hits) (i32.const 8)))))))

        (local.set $scales (i32.add (local.get $scales) (i32.const 16)))
        (local.set $row (i32.add (local.get $row) (i32.const 4)))
        (br $group)))
    (local.get $hits))

  ;; The integer dot products of listed rows with the query: `list` holds their addresses, `count` of
  ;; them, a multiple of 4, and gets the products in their place. Four rows at a time, since rows that
  ;; lie apart are waited for: so memory is asked for four at once.
  (func (export "dots")
    (param $list i32) (param $count i32) (param $stride i32) (param $query i32)
    (local $a i32) (local $b i32) (local $c i32) (local $d i32) (local $q i32) (local $end i32)
    (local $low v128) (local $high v128)
    (local $sumA v128) (local $sumB v128) (local $sumC v128) (local $sumD v128)
    (local.set $end (i32.add (local.get $query) (i32.shl (local.get $stride) (i32.const 1))))
    (block $done
      (loop $group
        (br_if $done (i32.le_s (local.get $count) (i32.const 0)))
        (local.set $a (i32.load (local.get $list)))
        (local.set $b (i32.load offset=4 (local.get $list)))
        (local.set $c (i32.load offset=8 (local.get $list)))
        (local.set $d (i32.load offset=12 (local.get $list)))
        (local.set $q (local.get $query))
        (local.set $sumA (v128.const i32x4 0 0 0 0))
        (local.set $sumB (v128.const i32x4 0 0 0 0))
        (local.set $sumC (v128.const i32x4 0 0 0 0))
        (local.set $sumD (v128.const i32x4 0 0 0 0))
        (loop $components
          (local.set $low (v128.load (local.get $q)))
          (local.set $high (v128.load offset=16 (local.get $q)))
          (local.set $sumA (i32x4.add (local.get $sumA)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $a)) (local.get $low))))
          (local.set $sumB (i32x4.add (local.get $sumB)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $b)) (local.get $low))))
          (local.set $sumC (i32x4.add (local.get $sumC)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $c)) (local.get $low))))
          (local.set $sumD (i32x4.add (local.get $sumD)
            (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $d)) (local.get $low))))
          (local.set $sumA (i32x4.add (local.get $sumA)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $a)) (local.get $high))))
          (local.set $sumB (i32x4.add (local.get $sumB)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $b)) (local.get $high))))
          (local.set $sumC (i32x4.add (local.get $sumC)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $c)) (local.get $high))))
          (local.set $sumD (i32x4.add (local.get $sumD)
            (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $d)) (local.get $high))))
          (local.set $a (i32.add (local.get $a) (i32.const 16)))
          (local.set $b (i32.add (local.get $b) (i32.const 16)))
          (local.set $c (i32.add (local.get $c) (i32.const 16)))
          (local.set $d (i32.add (local.get $d) (i32.const 16)))
          (local.set $q (i32.add (local.get $q) (i32.const 32)))
          (br_if $components (i32.lt_u (local.get $q) (local.get $end))))
        (local.set $sumA (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $sumA) (local.get $sumB))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $sumA) (local.get $sumB))))
        (local.set $sumC (i32x4.add
          (i8x16.shuffle 0 1 2 3 16 17 18 19 4 5 6 7 20 21 22 23
            (local.get $sumC) (local.get $sumD))
          (i8x16.shuffle 8 9 10 11 24 25 26 27 12 13 14 15 28 29 30 31
            (local.get $sumC) (local.get $sumD))))
        (v128.store (local.get $list) (i32x4.add
          (i8x16.shuffle 0 1 2 3 4 5 6 7 16 17 18 19 20 21 22 23
            (local.get $sumA) (local.get $sumC))
          (i8x16.shuffle 8 9 10 11 12 13 14 15 24 25 26 27 28 29 30 31
            (local.get $sumA) (local.get $sumC))))
        (local.set $list (i32.add (local.get $list) (i32.const 16)))
        (local.set $count (i32.sub (local.get $count) (i32.const 4)))
        (br $group))))

  ;; The signs of `count` rows, a bit a component, `width` bytes a row: width a multiple of 16, at
  ;; least stride / 8. What is behind the last sign stays as it was.
  (func (export "signs")
    (param $rows i32) (param $count i32) (param $stride i32) (param $width i32) (param $out i32)
    (local $end i32) (local $to i32)
    (loop $row
      (local.set $end (i32.add (local.get $rows) (local.get $stride)))
      (local.set $to (local.get $out))
      (loop $components
        (i32.store16 (local.get $to) (i8x16.bitmask (v128.load (local.get $rows))))
        (local.set $to (i32.add (local.get $to) (i32.const 2)))
        (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
        (br_if $components (i32.lt_u (local.get $rows) (local.get $end))))
      (local.set $out (i32.add (local.get $out) (local.get $width)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $row (i32.gt_s (local.get $count) (i32.const 0)))))

  ;; In how many signs each of `count` rows differs from the query, 16 bits each. At most 31
  ;; registers a row: the counts of one lane must fit 8 bits.
  (func (export "distances")
    (param $rows i32) (param $count i32) (param $width i32) (param $query i32) (param $out i32)
    (local $q i32) (local $end i32) (local $sum v128)
    (loop $row
      (local.set $end (i32.add (local.get $rows) (local.get $width)))
      (local.set $q (local.get $query))
      (local.set $sum (v128.const i32x4 0 0 0 0))
      (loop $registers
        (local.set $sum (i8x16.add (local.get $sum)
          (i8x16.popcnt (v128.xor (v128.load (local.get $rows)) (v128.load (local.get $q))))))
        (local.set $rows (i32.add (local.get $rows) (i32.const 16)))
        (local.set $q (i32.add (local.get $q) (i32.const 16)))
        (br_if $registers (i32.lt_u (local.get $rows) (local.get $end))))
      (local.set $sum (i32x4.extadd_pairwise_i16x8_u
        (i16x8.extadd_pairwise_i8x16_u (local.get $sum))))
      (i32.store16 (local.get $out) (i32.add
        (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))
        (i32.add (i32x4.extract_lane 2 (local.get $sum)) (i32x4.extract_lane 3 (local.get $sum)))))
      (local.set $out (i32.add (local.get $out) (i32.const 2)))
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (br_if $row (i32.gt_s (local.get $count) (i32.const 0)))))
)
