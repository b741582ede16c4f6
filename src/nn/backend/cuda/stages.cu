/* The kernels of the three stages. */
#include "stage.cuh"

CUDA_KERNEL(bs_cuda_stage1, bs_cuda_stage, Stage1::THREADS, 1)
{
    run_stage<Stage1, Stage2>(p);
}

CUDA_KERNEL(bs_cuda_stage2, bs_cuda_stage, Stage2::THREADS, 2)
{
    run_stage<Stage2, Stage3>(p);
}

CUDA_KERNEL(bs_cuda_stage3, bs_cuda_stage, Stage3::THREADS, 2)
{
    run_stage<Stage3, Stage3>(p);
}
