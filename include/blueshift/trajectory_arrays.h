/* Names of the arrays of networks that sweeps of trained weights write. */
#ifndef BLUESHIFT_TRAJECTORY_ARRAYS_H
#define BLUESHIFT_TRAJECTORY_ARRAYS_H

#define BS_TRAINING_STEP "training_step"
#define BS_TRAINING_EPOCH "training_epoch"
#define BS_TRAJECTORY_STEP "trajectory_step"
#define BS_TRAJECTORY_COORDINATE "trajectory_coordinate"
#define BS_TRAJECTORY_DISTANCE "trajectory_distance"
#define BS_TRAJECTORY_VARIANCE "trajectory_variance_explained"
#define BS_TRAJECTORY_LOSS "trajectory_loss"
#define BS_TRAJECTORY_PROJECTED_LOSS "trajectory_projected_loss"

#endif
