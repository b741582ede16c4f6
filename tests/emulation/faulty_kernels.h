/* Kernels with a fault each, which the emulator must find, and one without. */
#ifndef BLUESHIFT_TEST_FAULTY_KERNELS_H
#define BLUESHIFT_TEST_FAULTY_KERNELS_H

typedef enum faulty_kernel {
    FAULTY_NONE,        /* warps exchange numbers by shared memory, with all barriers */
    FAULTY_READ_RACE,   /* a barrier is missing between a write and another warp's read */
    FAULTY_WRITE_RACE,  /* between a read and another warp's write */
    FAULTY_TWO_WRITERS, /* two warps write one place */
    FAULTY_UNWRITTEN,   /* reads what nobody wrote */
    FAULTY_NOT_WAITED,  /* reads what is still being copied */
    FAULTY_COPY_RACE,   /* a copy to what another warp reads begins before a barrier */
    FAULTY_RANGE,       /* beyond the block's memory */
    FAULTY_MISALIGNED,  /* 16 bytes at 8 */
    FAULTY_DIVERGENT,   /* half of a warp shuffles, the other multiplies */
    FAULTY_LEFT_BEHIND, /* a thread ends where the others meet */
    FAULTY_DEADLOCK,    /* half of a warp waits for a counter that the other never reaches */
    FAULTY_NOT_RESIDENT /* two blocks meet that do not run at once */
} faulty_kernel;

/* What the emulator says of KERNEL; NULL: nothing. */
const char *faulty_kernel_run(faulty_kernel kernel);

/* Sums in a tile's element: C + A[0] B[0] + A[1] B[1] + ..., COUNT (at most 16) products of halves.
 */
float tensor_core_sum(float c, int count, const float *a, const float *b);

#endif
